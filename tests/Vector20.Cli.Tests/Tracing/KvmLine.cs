using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Vector20.Cli.Tests.Tracing;

/// <summary>
/// A line of the kernel's tracing, read by regular expressions made from the kernel's own formats: "%16s-%-7d [%03d] " and the flags of
/// trace_print_context, and TP_printk of each event in arch/x86/kvm/trace.h (Linux 6.12). Nothing of the writer is used.
/// </summary>
internal sealed partial record KvmLine(string Task, int Id, int Processor, decimal Time, string Name, string Text)
{
    private static readonly Dictionary<string, Regex> s_formats = new()
    {
        ["kvm_entry"] = new(@"^vcpu (?<vcpu>\d+), rip 0x[0-9a-f]+(\[immediate exit\])?$"),
        ["kvm_exit"] = new(@"^vcpu (?<vcpu>\d+) reason (?<reason>[A-Z_]+)( FAILED_VMENTRY)? rip 0x[0-9a-f]+ info1 0x[0-9a-f]{16} info2 0x[0-9a-f]{16} intr_info 0x(?<intr>[0-9a-f]{8}) error_code 0x[0-9a-f]{8}$"),
        ["kvm_page_fault"] = new(@"^vcpu (?<vcpu>\d+) rip 0x[0-9a-f]+ address 0x[0-9a-f]{16} error_code 0x[0-9a-f]+$"),
        ["kvm_inj_virq"] = new(@"^(Soft/INTn|IRQ) 0x[0-9a-f]+( \[reinjected\])?$"),
        ["kvm_inj_exception"] = new(@"^(#[A-Z]{2}|0x[0-9a-f]+)( \(0x[0-9a-f]+\))?( \[reinjected\])?$"),
        ["kvm_apic_ipi"] = new(@"^dst [0-9a-f]+ vec (?<vector>\d+) \((Fixed|LowPrio|SMI|Res3|NMI|INIT|SIPI|ExtINT)\|(logical|physical)\|(assert|de-assert)\|(level|edge)\|(dst|self|all|all-but-self)\)$"),
        ["kvm_apic_accept_irq"] = new(@"^apicid [0-9a-f]+ vec (?<vector>\d+) \((Fixed|LowPrio|SMI|Res3|NMI|INIT|SIPI|ExtINT)\|(level|edge)\)$"),
    };

    /// <summary>A part of what it says.</summary>
    public string this[string part] => s_formats[Name].Match(Text).Groups[part].Value;

    /// <summary>Every line of a trace. One that no kernel would print fails the test.</summary>
    public static List<KvmLine> ReadAll(byte[] trace) =>
        [.. Encoding.UTF8.GetString(trace).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#').Select(Read)];

    public static KvmLine Read(string line)
    {
        Match match = Format().Match(line);
        Assert.True(match.Success, line);
        string Part(string name) => match.Groups[name].Value;
        string name = Part("name");
        if (name.StartsWith("kvm_", StringComparison.Ordinal)) Assert.Matches(s_formats[name], Part("text"));
        return new KvmLine(Part("task").Trim(), Number(Part("id")), Number(Part("cpu")), decimal.Parse(Part("time"), CultureInfo.InvariantCulture), name, Part("text"));
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?=.{16})(?<task> *\S+)-(?<id>\d+) +\[(?<cpu>\d{3})\] [d.]\.\.\.\.  *(?<time>\d+\.\d{9}): (?<name>(kvm|vector20)_\w+): (?<text>.+)$")]
    private static partial Regex Format();
}
