using System.Globalization;
using System.Text.RegularExpressions;
using Vector20.Machine;
using Vector20.Testing;

namespace Vector20.Cli.Tests;

/// <summary>
/// Linux's own KVM with its #VE check, as a hypervisor in machine code on the bare machine (docs/linux.md): the kernel as it is, three
/// kernels whose KVM is broken on purpose, and two deviations of the silicon. What fires or stays silent is the kernel's check.
/// </summary>
[Trait("Speed", "Slow")]
public partial class LinuxKvmTests
{
    /// <summary>VM-exit interruption information of a #VE: valid, hardware exception, vector 20, no error code.</summary>
    private const string VeExit = "VMExit: intr_info=80000314 errcode=00000000 ilen=00000000";

    /// <summary>What a case adds to the machine and to the kernel's command line.</summary>
    private const string NoFault = "", AdOff = "kvm_intel.eptad=0";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [Manual("3C", "26.5.7", "Virtualization Exceptions")]
    public void The_clean_kernel_runs_its_three_VMs_to_their_end_and_its_check_is_silent(int processors)
    {
        string[] lines = Run("clean", NoFault, "", processors);
        Assert.Empty(Warnings(lines));
        Assert.DoesNotContain(lines, l => l.Contains("kvm: #VE ", StringComparison.Ordinal) || l.Contains("intr_info", StringComparison.Ordinal));
        Assert.Equal(Expected(processors), OfInit(lines));
    }

    [Fact]
    public void Without_accessed_and_dirty_flags_the_VMs_print_something_else()
    {
        string[] lines = Run("clean", NoFault, AdOff, 1);
        Assert.Empty(Warnings(lines));
        Assert.NotEqual(Expected(1), OfInit(lines));
    }

    /// <summary>The three VMs execute INT 14H before every other vector, and each handler counts.</summary>
    [Fact]
    [Manual("3C", "26.2", "Other Causes of VM Exits")]
    public void INT_20_of_a_guest_does_not_exit_and_with_a_processor_that_asks_the_bitmap_the_check_fires()
    {
        string[] lines = Run("clean", NoFault, "", 1);
        Assert.DoesNotContain(lines, l => l.Contains(VeExit, StringComparison.Ordinal));
        Assert.Equal(3, lines.Count(l => l.EndsWith("distinct vectors=256", StringComparison.Ordinal)));

        // The exit leaves RIP at INT 14H, which the kernel resumes: without a limit this would have no end.
        string[] faulty = Lines(Start("clean", "bitmap-sees-int-n", "", 1, "--limit", "170000000"));
        Assert.NotEmpty(Warnings(faulty));
        Assert.Contains(faulty, l => l.Contains(VeExit, StringComparison.Ordinal));
        Assert.DoesNotContain(faulty, l => l.EndsWith("distinct vectors=256", StringComparison.Ordinal));
    }

    /// <summary>What the check prints: the information area's qualification and addresses, and the entries of the walk, of which the last decided.</summary>
    private readonly record struct Report(string Qualification, int Linear, int Physical, string Entries);

    /// <summary>
    /// M1 meets #VE in the guest's walk to its page tables, which counts as a write as well as a read while EPT accessed and dirty flags are
    /// on, and as a read while they are off: bits 0 and 1 of the qualification.
    /// </summary>
    private static readonly Dictionary<string, Report> s_reports = new()
    {
        ["M1"] = new("0000000000000083", 0xC000, 0x1000, @"kvm: #VE 1000, spte\[4\] = 0x0$"),
        ["M2"] = new("0000000000000582", 0x403000, 0x403000, @"kvm: #VE 403000, spte\[4\] = 0x8\w{12}907, spte\[3\] = 0x8\w{12}907, spte\[2\] = 0x0$"),
        ["M3"] = new("00000000000005aa", 0x102000, 0x102000, @"kvm: #VE 102000, spte\[4\] = 0x\w{1,11}907, spte\[3\] = 0x\w{1,11}907, spte\[2\] = 0x\w{1,11}907, spte\[1\] = 0x\w{1,11}975$"),
        ["ve-ignores-suppress"] = new("0000000000000083", 0xC000, 0x1000, @"kvm: #VE 1000, spte\[4\] = 0x8000000000000000$"),
        ["ve-when-ad-off"] = new("0000000000000081", 0xC000, 0x1000, @"kvm: #VE 1000, spte\[4\] = 0x8000000000000000$"),
    };

    [Theory]
    [InlineData("M1", 1)]
    [InlineData("M1", 2)]
    [InlineData("M1", 4)]
    [InlineData("M2", 1)]
    [InlineData("M2", 2)]
    [InlineData("M2", 4)]
    [InlineData("M3", 1)]
    [InlineData("M3", 2)]
    [InlineData("M3", 4)]
    [Manual("3C", "26.5.7.1", "Convertible EPT Violations")]
    [Manual("3C", "26.5.7.2", "Virtualization-Exception Information")]
    [Manual("3C", "28.2.1", "Basic VM-Exit Information")]
    public void A_KVM_broken_on_purpose_meets_its_own_check(string kernel, int processors) => CheckFires(kernel, Run(kernel, NoFault, "", processors));

    /// <summary>The kernel is right, and the entry that it prints suppresses #VE: the report of a processor that is wrong.</summary>
    [Theory]
    [InlineData("ve-ignores-suppress", "")]
    [InlineData("ve-when-ad-off", AdOff)]
    [Manual("3C", "26.5.7.1", "Convertible EPT Violations")]
    public void A_processor_that_ignores_bit_63_meets_the_check_of_the_clean_kernel(string fault, string append) => CheckFires(fault, Run("clean", fault, append, 1));

    [Fact]
    public void The_fault_that_needs_accessed_and_dirty_flags_off_stays_silent_with_them_on() =>
        Assert.Empty(Warnings(Run("clean", "ve-when-ad-off", "", 1)));

    /// <summary>One warning, and the report of this case, which is that of no other.</summary>
    private static void CheckFires(string name, string[] lines)
    {
        Assert.Single(Warnings(lines));
        foreach ((string other, Report report) in s_reports)
            Assert.True(Shows(lines, report) == (other == name), $"the report of {other} in the log of {name}");

        // Real mode takes no #VE. Each of the two 64-bit VMs meets it once: the area is busy from then on, and they go on to their end.
        Assert.Equal(2, lines.Count(l => l.Contains(VeExit, StringComparison.Ordinal)));
        Assert.True(Array.FindIndex(lines, l => l.Contains(VeExit, StringComparison.Ordinal)) > Array.FindIndex(lines, l => l.Contains("==== 64-bit guest ====", StringComparison.Ordinal)));
        Assert.Equal(3, lines.Count(l => l.EndsWith("distinct vectors=256", StringComparison.Ordinal)));
    }

    private static bool Shows(string[] lines, Report report)
    {
        string area = string.Create(CultureInfo.InvariantCulture, $"ve_info: 0x00000030 0xffffffff 0x{report.Qualification} 0x{report.Linear:x16} 0x{report.Physical:x16} 0x0000");
        return lines.Any(l => l.EndsWith(area, StringComparison.Ordinal)) && lines.Any(l => Regex.IsMatch(l, report.Entries));
    }

    private static string[] Run(string kernel, string fault, string append, int processors)
    {
        CommandResult result = Start(kernel, fault, append, processors);
        Assert.Equal(ExitCode.Good, result.ExitCode);
        Assert.Contains("switched the machine off", result.Error, StringComparison.Ordinal);
        Assert.Matches(@"VM exits +reason +guest 0 +guest 1", result.Error);
        Assert.Matches(@"guest +VMCS +VPID +EPTP +VM entries +VM exits +ticks", result.Error);
        Assert.Matches(@"processor +ticks in root operation or outside VMX +% +in non-root operation +%", result.Error);
        string[] lines = Lines(result);
        Assert.Contains(lines, l => l.EndsWith("reboot: Power down", StringComparison.Ordinal));
        return lines;
    }

    private static CommandResult Start(string kernel, string fault, string append, int processors, params string[] more)
    {
        (string image, string initrd) = ExternalTools.LinuxKvm(kernel);
        string commandLine = $"console=ttyS0 nokaslr tsc=reliable no_timer_check kvm_intel.dump_invalid_vmcs=1 {append}".TrimEnd();
        string[] options = fault.Length == 0 ? more : ["--hardware-fault", fault, .. more];
        return Cli.Run(["run", "--bare", "--kernel", image, "--initrd", initrd, "-m", "256M", "--smp", processors.ToString(CultureInfo.InvariantCulture), "--append", commandLine, .. options]);
    }

    private static string[] Lines(CommandResult result) => result.Output.Replace("\r", "", StringComparison.Ordinal).Split('\n');

    /// <summary>The warnings of KVM's handler of exceptions: the check. Those of KVM_PROVE_MMU, which M1 and M2 meet too, are others.</summary>
    private static string[] Warnings(string[] lines) => [.. lines.Where(l => CheckWarning().IsMatch(l))];

    /// <summary>What /init printed, ticks apart, and apart from the capability MSRs, which are the CPU model's.</summary>
    internal static string[] OfInit(string[] lines) =>
        [.. lines.Where(l => l.StartsWith("init: ", StringComparison.Ordinal) && !l.StartsWith("init: msr ", StringComparison.Ordinal)).Select(l => Ticks().Replace(ApicId().Replace(l, "${1}00"), "=-"))];

    /// <summary>The stored lines are those of one processor; CPUID leaf 1, which one VM leaves in EBX, has their number.</summary>
    internal static string[] Expected(int processors)
    {
        string stored = File.ReadAllText(Path.Combine(Repository.Root, "tests", "guests", "linux-kvm", "expected.txt"));
        string number = string.Create(CultureInfo.InvariantCulture, $"rbx=00000000000{processors}0800");
        return stored.TrimEnd().Replace("rbx=0000000000010800", number, StringComparison.Ordinal).Split('\n');
    }

    [GeneratedRegex(@"WARNING: CPU: \d PID: 1 at arch/x86/kvm/vmx/vmx\.c:\d+ handle_exception_nmi\+")]
    private static partial Regex CheckWarning();

    [GeneratedRegex(@"(?<=tsc|ticks)=[0-9a-f]+$")]
    private static partial Regex Ticks();

    [GeneratedRegex(@"(rbx=0{8})\w\w(?=0[124]0800)")]
    private static partial Regex ApicId();
}
