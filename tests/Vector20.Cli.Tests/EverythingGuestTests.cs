using Vector20.Machine;
using Vector20.Testing;

namespace Vector20.Cli.Tests;

/// <summary>
/// tests/guests/everything, in C: all 256 INT n, every fault, CPL 3, every kind of memory, IPIs between four processors. It prints
/// what the architecture says, so it prints the same everywhere.
/// </summary>
public sealed class EverythingGuestTests : IDisposable
{
    private static readonly string s_folder = Path.Combine(Repository.Root, "tests", "guests", "everything");
    private readonly string _image = Path.GetTempFileName();

    /// <summary>What QEMU's interpreter prints otherwise, and the rule that decides.</summary>
    private static readonly (string Qemu, string Manual)[] s_deviations =
    [
        // SDM 3A 4.7: reserved bits are checked in present entries only, so bit 3 of the error code comes with bit 0.
        ("read reserved bit: vector 14 error 8 ", "read reserved bit: vector 14 error 9 "),

        // SDM 3A 6.13: the error code's index is the vector, in IA-32e mode too: 20 * 8 + IDT.
        ("user int 20: vector 13 error 142 ", "user int 20: vector 13 error a2 "),
    ];

    [Theory]
    [Trait("Speed", "Slow")]
    [InlineData("--bare")]
    [InlineData("--bare", "--block-length", "1")]
    [InlineData("--bare", "--seed", "7")]
    [InlineData("--apic", "emulated")]
    [InlineData("--apic", "apicv")]
    [InlineData("--apic", "bare")]
    [Manual("3A", "6.13", "Error Code")]
    [Manual("3A", "4.7", "Page-Fault Exceptions")]
    public void The_guest_prints_what_the_manual_says(params string[] options)
    {
        Build();
        CommandResult result = Cli.Run(["run", _image, "--smp", "4", "--limit", "100000000", .. options]);
        Assert.Equal(Expected, result.Output);
        Assert.Contains("exit port", result.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Good, result.ExitCode);
    }

    /// <summary>What other emulators get wrong stands apart, and the guest does it when its command line says 'strict'.</summary>
    [Theory]
    [Trait("Speed", "Slow")]
    [InlineData("--bare")]
    [InlineData("--apic", "emulated")]
    public void Strict_it_prints_what_the_manual_says_too(params string[] options)
    {
        Build();
        CommandResult result = Cli.Run(["run", _image, "--smp", "4", "--limit", "100000000", "--append", "strict", .. options]);
        Assert.Equal(File.ReadAllText(Path.Combine(s_folder, "expected-strict.txt")), result.Output);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void QEMU_prints_the_same_but_for_two_lines()
    {
        string qemu = ExternalTools.Qemu;
        Build();
        string output = Tool.Run(qemu, "-kernel", _image, "-smp", "4", "-m", "64", "-display", "none", "-serial", "stdio", "-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-no-reboot").Output;
        foreach ((string theirs, string manual) in s_deviations) output = output.Replace(theirs, manual, StringComparison.Ordinal);
        Assert.Equal(Expected, output);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_deviation_of_the_silicon_is_seen_in_what_it_prints()
    {
        Build();
        CommandResult result = Cli.Run("run", _image, "--smp", "4", "--limit", "100000000", "--bare", "--hardware-fault", "apic-rejects-reserved-vectors");
        Assert.NotEqual(Expected, result.Output);
    }

    public void Dispose() => File.Delete(_image);

    private static string Expected => File.ReadAllText(Path.Combine(s_folder, "expected.txt"));

    private void Build()
    {
        _ = ExternalTools.Gcc;
        (int code, _, string error) = Tool.Run("sh", Path.Combine(s_folder, "build.sh"), _image);
        Assert.True(code == 0, error);
    }
}
