namespace Vector20.Cli.Tests;

public class BadUsageTests
{
    public static TheoryData<string, string> Cases => new()
    {
        { "", "command" },
        { "frobnicate", "frobnicate" },
        { "run", "no image is given" },
        { "run /no/such/image", "there is no such file" },
        { "run /", "is a directory" },
        { "run IMAGE", "for a flat binary give its address" },
        { "run IMAGE --kernel IMAGE", "both an image and --kernel" },
        { "run IMAGE --frob", "--frob" },
        { "run IMAGE -m 0", "'0' is no memory at all" },
        { "run IMAGE -m many", "'many' is no size" },
        { "run IMAGE -m 65G", "more than 64 GiB" },
        { "run IMAGE -m", "-m" },
        { "run IMAGE --smp 0", "'0' is no number of processors" },
        { "run IMAGE --smp 256", "'256' is no number of processors" },
        { "run IMAGE --cpu 486", "'486' is no CPU model; give default" },
        { "run IMAGE --cpu haswell,+3dnow", "'3dnow' is no CPU feature; one of fpu, vme" },
        { "run IMAGE --cpu haswell,smap", "'smap' changes no CPU feature; give +FEATURE" },
        { "run IMAGE --cpu nehalem,-ept,+eptviolationve", "'eptviolationve' needs the CPU feature ept; give +ept too" },
        { "run IMAGE --clock 0", "--clock" },
        { "run IMAGE --bits 24", "24 is no width of code" },
        { "run IMAGE --at 0x7c00 --bits 15", "--bits" },
        { "run IMAGE --at nowhere", "'nowhere' is no address" },
        { "run IMAGE --at 0x100000", "cannot be entered in 16-bit code" },
        { "run IMAGE --limit 0", "--limit" },
        { "run IMAGE --limit -1", "--limit" },
        { "run IMAGE --seed x", "--seed" },
        { "run IMAGE --block-length 65", "--block-length" },
        { "run IMAGE --initrd /no/such/disk", "/no/such/disk: there is no such file" },
        { "run IMAGE --ve-check perhaps", "give kill, warn, off" },
        { "run IMAGE --apic none", "give bare, emulated, apicv" },
        { "run IMAGE --bare --apic bare", "is a choice of the hypervisor" },
        { "run IMAGE --bare --hypervisor-bug frozen-without-suppress", "there is no hypervisor" },
        { "run IMAGE --hardware-fault rust", "'rust' is none of its names" },
        { "run IMAGE --hypervisor-bug moth", "'moth' is none of its names" },
        { "run IMAGE --hypervisor-bug forward-ve-to-l1", "needs a nested hypervisor" },
        { "run IMAGE --bare --at 0x7c00 --trace /no/such/folder/trace", "cannot be written" },
        { "run IMAGE --bare --at 0x7c00 --trace-format text", "there is no trace; give --trace FILE" },
        { "run IMAGE --bare --at 0x7c00 --trace trace --trace-format xml", "give text, json, perfetto" },
        { "ask", "command" },
        { "vectors 20", "'20' is no command" },
        { "vectors --cpu-mode unreal", "give real, protected, compat, long" },
        { "ask ipi", "vector" },
        { "ask ipi 256", "'256' is no vector; give 0 to 255 (see 'vector20 ask ipi --help')" },
        { "ask ipi twenty", "'twenty' is no vector" },
        { "ask ipi 20 21", "'21' is no command" },
        { "ask ipi 20 --mode express", "give fixed, lowest, smi, nmi, init, sipi, extint" },
        { "ask ipi 20 --to nobody", "'nobody' is no destination" },
        { "ask int 20 --exception-bitmap 12345678901", "is no bitmap" },
        { "ask int 20 --exception-bitmap x", "'x' is no bitmap" },
        { "ask int 20 --cpl 1", "--cpl: 1" },
        { "ask int 20 --cpl 4", "--cpl" },
        { "ask int 20 --cpu-mode virtual", "give real, protected, compat, long" },
        { "ask int 20 --hypervisor xen", "give none, builtin" },
        { "ask exception XY", "'XY' is the name of none" },
        { "ask lvt clock 5", "give timer, thermal, perf, lint0, lint1, error, cmci" },
        { "ask touch everything", "give not-present, mmio" },
        { "ask touch mmio --access smell", "give read, write, fetch" },
        { "ask touch mmio --suppress-ve --no-suppress-ve", "give one of them" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Bad_usage_is_one_line_and_exit_code_2(string line, string says)
    {
        using var image = new TemporaryFile(0xFA, 0xF4);
        string[] arguments = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(a => a == "IMAGE" ? image.Path : a)];
        CommandResult result = Cli.Run(arguments);
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.StartsWith("vector20: ", Assert.Single(result.ErrorLines), StringComparison.Ordinal);
        Assert.Contains(says, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Fact]
    public void A_trace_without_a_name_is_refused()
    {
        using var image = new TemporaryFile(0xFA, 0xF4);
        CommandResult result = Cli.Run("run", image.Path, "--bare", "--at", "0x7c00", "--trace", "");
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains("cannot be written", Assert.Single(result.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_trace_that_no_longer_fits_is_one_line_and_exit_code_2()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "the system has no /dev/full");
        using var image = new TemporaryFile(0xCD, 0x20, 0xFA, 0xF4);
        CommandResult result = Cli.Run("run", image.Path, "--bare", "--at", "0x7c00", "--limit", "100000", "--trace", "/dev/full");
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains("/dev/full", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("defect", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_image_with_good_options_runs()
    {
        using var image = new TemporaryFile(0xFA, 0xF4);
        Assert.Equal(ExitCode.Good, Cli.Run("run", image.Path, "--bare", "--at", "0x7c00", "-m", "1M").ExitCode);
    }
}
