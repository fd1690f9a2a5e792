using System.Globalization;
using Vector20.Cli.Tracing;
using Vector20.Machine.Vmx;
using Vector20.Testing;

namespace Vector20.Cli.Tests.Tracing;

/// <summary>Traces as lines of the kernel's tracing.</summary>
public class TextTraceTests
{
    [Theory]
    [InlineData("emulated")]
    [InlineData("apicv")]
    [InlineData("bare")]
    public void Every_line_has_the_kernels_format_and_exits_are_as_many_as_in_the_summary(string apic)
    {
        TracedRun run = TracedRun.OfEveryKind("text", "--apic", apic);
        Assert.Equal("exit-port", run.Document.GetProperty("end").GetString());
        List<KvmLine> lines = KvmLine.ReadAll(run.Trace);
        CheckCounts(run, lines);
        Assert.Contains(lines, line => line.Name == "kvm_inj_exception" && line.Text == "#GP");
        if (apic == "emulated") Assert.Equal(3, lines.Count(line => line.Name == "kvm_inj_virq"));
        int[] vectors = [TracedImage.SelfVector, TracedImage.CallVector, TracedImage.AnswerVector];
        Assert.All(vectors, vector => Assert.Contains(lines, line => line.Name == "kvm_apic_accept_irq" && Is(line, vector)));
        Assert.All(vectors, vector => Assert.Contains(lines, line => line.Name == "vector20_deliver" && line.Text.StartsWith($"vec {vector} (external-interrupt|", StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.Name == "kvm_apic_ipi" && line.Processor == 1 && Is(line, TracedImage.AnswerVector));
        Assert.Equal(lines.Select(line => line.Time).Order(), lines.Select(line => line.Time));
    }

    [Fact]
    public void On_the_bare_machine_there_are_events_and_IPIs_and_no_VM()
    {
        TracedRun run = TracedRun.OfEveryKind("text", "--bare");
        List<KvmLine> lines = KvmLine.ReadAll(run.Trace);
        Assert.False(run.Document.TryGetProperty("vmx", out _));
        Assert.DoesNotContain(lines, line => line.Name is "kvm_entry" or "kvm_exit");
        Assert.All(lines, line => Assert.Equal(("host", 0), (line.Task, line.Id)));
        Assert.Equal(5, lines.Count(line => line.Name == "kvm_apic_ipi"));
        string[] delivered = [.. lines.Where(line => line.Name == "vector20_deliver").Select(line => line.Text[..line.Text.IndexOf(" handler", StringComparison.Ordinal)])];
        Assert.Equal(
            ["vec 80 (software-interrupt|instruction)", "vec 13 (hardware-exception|instruction)", "vec 64 (external-interrupt|inter-processor-interrupt)",
            "vec 65 (external-interrupt|inter-processor-interrupt)", "vec 66 (external-interrupt|inter-processor-interrupt)"],
            delivered);
    }

    [Fact]
    public void The_same_run_gives_the_same_trace_byte_for_byte()
    {
        Assert.Equal(TracedRun.OfEveryKind("text").Trace, TracedRun.OfEveryKind("text").Trace);
        Assert.Equal(TracedRun.OfEveryKind("text").Trace, TracedRun.OfEveryKind("text", "--block-length", "1", "--translate-after", "1").Trace);
        Assert.NotEqual(TracedRun.OfEveryKind("text").Trace, TracedRun.OfEveryKind("text", "--apic", "bare").Trace);
    }

    [Theory]
    [InlineData("kill", "killed")]
    [InlineData("warn", "warned")]
    public void When_the_check_fires_the_trace_says_why(string check, string word)
    {
        // mov eax, [200000H]; hlt, in 32-bit code: the first touch of a page meets a non-present entry.
        TracedRun run = TracedRun.Of("text", [0xA1, 0x00, 0x00, 0x20, 0x00, 0xF4], "--at", "0x7c00", "--bits", "32", "--hypervisor-bug", "nonpresent-without-suppress", "--ve-check", check);
        List<KvmLine> lines = KvmLine.ReadAll(run.Trace);
        int at = lines.FindIndex(line => line.Name == "vector20_ve_check");
        Assert.StartsWith($"vcpu 0 {word} gpa 0x", lines[at].Text, StringComparison.Ordinal);
        Assert.EndsWith("= 0x0", lines[at].Text, StringComparison.Ordinal);
        Assert.Equal(("EXCEPTION_NMI", "80000314"), (lines[at - 1]["reason"], lines[at - 1]["intr"]));
        Assert.Contains("becomes #VE", lines[at - 2].Text, StringComparison.Ordinal);
        Assert.Equal(check == "kill", at == lines.Count - 1);
        CheckCounts(run, lines);
    }

    [Theory]
    [InlineData("trace.txt", TraceFormat.Text)]
    [InlineData("trace.json", TraceFormat.Json)]
    [InlineData("trace.pftrace", TraceFormat.Perfetto)]
    [InlineData("trace", TraceFormat.Perfetto)]
    public void The_name_of_the_file_decides_where_nothing_else_is_asked_for(string name, object format) => Assert.Equal(format, TraceFormats.Of(name));

    [Theory]
    [InlineData("           vcpu0-1       [000] d....     0.000000001: kvm_exit: vcpu 0 reason CPUID rip 0x8000 info1 0x0 info2 0x0 intr_info 0x0 error_code 0x0")]
    [InlineData("           vcpu0-1       [0] d....     0.000000001: kvm_entry: vcpu 0, rip 0x8000")]
    [InlineData("           vcpu0-1       [000] d....     0.000000001: kvm_entry: vcpu 0 rip 0x8000")]
    public void A_line_that_no_kernel_prints_is_found_out(string line) => Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => KvmLine.Read(line));

    [Fact]
    [Trait("Speed", "Slow")]
    public void The_exits_of_Linux_KVM_in_root_operation_are_as_many_as_in_the_summary_and_each_VM_has_its_own()
    {
        (string image, string initrd) = ExternalTools.LinuxKvm("clean");
        TracedRun run = TracedRun.OfFile("text", "--bare", "--kernel", image, "--initrd", initrd, "-m", "256M", "--append", "console=ttyS0 nokaslr tsc=reliable no_timer_check");
        List<KvmLine> lines = KvmLine.ReadAll(run.Trace);
        CheckCounts(run, lines);
        Assert.True(run.Guests.Length >= 3, $"{run.Guests.Length} guests");
        Assert.Contains(lines, line => line.Name == "kvm_inj_virq" && line.Text.EndsWith(" [reinjected]", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Name == "vector20_deliver" && line.Task == "host");
        Assert.Contains(lines, line => line.Name == "vector20_deliver" && line.Task != "host");
    }

    private static bool Is(KvmLine line, int vector) => line["vector"] == vector.ToString(CultureInfo.InvariantCulture);

    /// <summary>Entries and exits of the trace against those of the summary: by reason, and by guest.</summary>
    private static void CheckCounts(TracedRun run, List<KvmLine> lines)
    {
        KvmLine[] exits = [.. lines.Where(line => line.Name == "kvm_exit")];
        Assert.Equal(run.Entries, lines.Count(line => line.Name == "kvm_entry"));
        Assert.NotEmpty(exits);
        Assert.Equal(
            run.Exits.ToDictionary(exit => KvmNames.Of((ExitReason)exit.Key), exit => exit.Value),
            exits.GroupBy(line => line["reason"]).ToDictionary(group => group.Key, group => (long)group.Count()));
        foreach (System.Text.Json.JsonElement guest in run.Guests)
        {
            string number = guest.GetProperty("number").GetInt32().ToString(CultureInfo.InvariantCulture);
            Assert.Equal(TracedRun.ExitsOf(guest).Values.Sum(), exits.Count(line => line["vcpu"] == number));
        }
    }
}
