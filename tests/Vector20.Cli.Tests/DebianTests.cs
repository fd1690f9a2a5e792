using System.Text.RegularExpressions;
using Vector20.Testing;

namespace Vector20.Cli.Tests;

/// <summary>
/// Debian's own kernels, as the packages have them, with two processors: to a shell, commands typed there, power-off. tools/get-debian-kernel
/// fetches them and makes the initrd of busybox and tests/guests/debian/init.
/// </summary>
public partial class DebianTests
{
    private const string Limit = "60000000000";

    /// <summary>The initrd loads KVM's modules, which find VMX on the bare machine only.</summary>
    private const string AskForKvm = "[ -e /dev/kvm ] && echo 'K'VM is there || echo 'K'VM has no VMX";

    /// <summary>What is typed, and what the shell answers. Quotes keep the answer from being found in the echo of the command.</summary>
    private static readonly (string Typed, string Answer)[] s_commands =
    [
        ("echo processors: $(grep -c ^processor /proc/cpuinfo)", "processors: 2"),
        ("echo product: $((6*7))", "product: 42"),
        ("echo mounted: $(grep -c '^devtmpfs /dev devtmpfs' /proc/mounts)", "mounted: 1"),
        ("for n in 1 2 3; do sleep 1; done; echo 's'lept: $n", "slept: 3"),
    ];

    [Theory]
    [Trait("Speed", "Slow")]
    [InlineData("--bare")]
    [InlineData("--clock", "20")]
    public void Debian_takes_commands_at_a_shell_and_powers_off(params string[] options) => Check(Boot(ExternalTools.Debian, options), options);

    [Theory]
    [Trait("Speed", "Slow")]
    [InlineData("--bare")]
    [InlineData("--clock", "20")]
    public void Debian_with_kernel_6_12_does_so_too(params string[] options) => Check(Boot(ExternalTools.Debian612, options), options);

    /// <summary>The VMM of docs/linux.md, which powers off at its end, on the module that Debian built.</summary>
    [Theory]
    [Trait("Speed", "Slow")]
    [InlineData(false)]
    [InlineData(true)]
    public void KVM_inside_Debian_runs_the_three_VMs(bool newer)
    {
        CommandResult result = Boot(newer ? ExternalTools.Debian612 : ExternalTools.Debian, ["--bare"], "vmm\n");
        string[] lines = result.Output.Split('\n', StringSplitOptions.TrimEntries);
        Assert.Equal(OfTheVms(LinuxKvmTests.Expected(2)), OfTheVms(LinuxKvmTests.OfInit(lines)));
        Assert.DoesNotMatch(Trouble(), OwnWarning().Replace(result.Output, ""));
        Assert.Contains("the image switched the machine off", result.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Good, result.ExitCode);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_guest_of_the_hypervisor_has_no_VMX_and_runs_no_VMs()
    {
        CommandResult result = Boot(ExternalTools.Debian, ["--clock", "20"], "vmm\n");
        Assert.NotEqual(OfTheVms(LinuxKvmTests.Expected(2)), OfTheVms(LinuxKvmTests.OfInit(result.Output.Split('\n', StringSplitOptions.TrimEntries))));
    }

    /// <summary>Without the first line, which says how /dev was mounted, and the module's parameters, which are options.</summary>
    private static string[] OfTheVms(string[] lines) =>
        [.. lines.Where(line => !line.StartsWith("init: FIRST LINE", StringComparison.Ordinal) && !line.StartsWith("init: kvm_intel.", StringComparison.Ordinal))];

    private static CommandResult Boot(string folder, string[] options) =>
        Boot(folder, options, string.Join('\n', [.. s_commands.Select(command => command.Typed), AskForKvm, "poweroff -f\n"]));

    private static CommandResult Boot(string folder, string[] options, string typed)
    {
        string[] usual = ["run", "--kernel", Path.Combine(folder, "vmlinuz"), "--initrd", Path.Combine(folder, "initrd"), "--append", "console=ttyS0", "--smp", "2", "-m", "512M", "--limit", Limit];
        return Cli.Type(typed, [.. usual, .. options]);
    }

    private static void Check(CommandResult result, string[] options)
    {
        string[] lines = result.Output.Split('\n', StringSplitOptions.TrimEntries);
        foreach ((_, string answer) in s_commands) Assert.Contains(answer, lines);
        Assert.Contains(options is ["--bare"] ? "KVM is there" : "KVM has no VMX", lines);
        Assert.DoesNotMatch(Trouble(), OwnWarning().Replace(result.Output, ""));
        Assert.Contains("the image switched the machine off", result.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Good, result.ExitCode);
    }

    /// <summary>What 6.12 warns of on processors that need its mitigation of indirect target selection: it makes a page writable that it has made executable.</summary>
    [GeneratedRegex(@"CPA detected W\^X violation.*?---\[ end trace", RegexOptions.Singleline)]
    private static partial Regex OwnWarning();

    /// <summary>How Linux says that something in it, or under it, is wrong.</summary>
    [GeneratedRegex(@"\bWARNING: |\bBUG: |\bOops\b|Call Trace|soft lockup|unchecked MSR|stalls on CPUs|Kernel panic")]
    private static partial Regex Trouble();
}
