using Vector20.Cli.Tracing;
using Vector20.Machine.Vmx;
using Vector20.Testing;

namespace Vector20.Cli.Tests.Tracing;

/// <summary>Traces in Perfetto's format, read by a parser that has nothing of the writer.</summary>
public class PerfettoTraceTests
{
    [Theory]
    [InlineData("emulated")]
    [InlineData("apicv")]
    [InlineData("bare")]
    public void Slices_are_as_many_as_exits_in_the_summary_and_last_as_long(string apic)
    {
        TracedRun run = TracedRun.OfEveryKind("perfetto", "--apic", apic);
        PerfettoFile trace = PerfettoFile.Read(run.Trace);
        Assert.Equal(["host", "VM"], trace.Tracks.Where(track => track.IsProcess).Select(track => track.Name));
        CheckAgainstSummary(run, trace);
    }

    [Theory]
    [InlineData("--bare")]
    [InlineData("--apic", "emulated")]
    [InlineData("--apic", "bare")]
    public void An_arrow_leads_from_the_sender_of_an_IPI_to_its_receiver_and_ends_at_the_handler(params string[] options)
    {
        PerfettoFile trace = PerfettoFile.Read(TracedRun.OfEveryKind("perfetto", options).Trace);
        PerfettoEvent sent = trace.Events.Single(e => e.Name == $"IPI Fixed {TracedImage.AnswerVector}");
        PerfettoEvent[] way = trace.Arrow(Assert.Single(sent.Flows));
        Assert.Equal([sent.Name, $"accepts {TracedImage.AnswerVector}", $"interrupt {TracedImage.AnswerVector}"], way.Select(e => e.Name));
        Assert.Equal([true, false, false], way.Select(e => e.Track == sent.Track));
        Assert.Single(way[2].Ends);
        PerfettoEvent init = trace.Events.Single(e => e.Name == "IPI INIT 0");
        Assert.Equal([init.Name, "accepts INIT"], trace.Arrow(Assert.Single(init.Flows)).Select(e => e.Name));
    }

    [Fact]
    public void On_the_bare_machine_the_host_is_the_only_process_and_exceptions_are_instants()
    {
        PerfettoFile trace = PerfettoFile.Read(TracedRun.OfEveryKind("perfetto", "--bare").Trace);
        Assert.Equal("host", Assert.Single(trace.Tracks, track => track.IsProcess).Name);
        Assert.Equal(2, trace.Events.Count(e => e.Type == PerfettoFile.Begin));
        PerfettoEvent fault = Assert.Single(trace.Events, e => e.Name == "#GP");
        Assert.Equal((13ul, "instruction"), ((ulong)fault.Arguments["vector"], (string)fault.Arguments["source"]));
        Assert.Single(trace.Events, e => e.Name == $"INT {TracedImage.SoftwareVector}");
    }

    [Fact]
    public void The_last_instant_of_a_killed_VM_is_the_check()
    {
        TracedRun run = TracedRun.Of("perfetto", [0xA1, 0x00, 0x00, 0x20, 0x00, 0xF4], "--at", "0x7c00", "--bits", "32", "--hypervisor-bug", "nonpresent-without-suppress");
        PerfettoEvent last = PerfettoFile.Read(run.Trace).Events.Last(e => e.Type == PerfettoFile.Instant);
        Assert.Equal("#VE check: the VM is killed", last.Name);
        Assert.EndsWith("= 0x0", (string)last.Arguments["why"], StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_run_gives_the_same_trace_byte_for_byte() =>
        Assert.Equal(TracedRun.OfEveryKind("perfetto").Trace, TracedRun.OfEveryKind("perfetto").Trace);

    /// <summary>What makes the other tests worth something: a trace that is broken is found out.</summary>
    [Fact]
    public void A_broken_trace_is_found_out()
    {
        byte[] trace = TracedRun.OfEveryKind("perfetto", "--bare").Trace;
        PerfettoFile.Read(trace);
        Assert.Throws<InvalidDataException>(() => PerfettoFile.Read(trace[..^1]));
        Assert.Throws<InvalidDataException>(() => PerfettoFile.Read([.. trace, 0x0F]));

        byte[][] packets = Packets(trace);
        AssertBroken(packets[..^1], "does not end");
        AssertBroken(packets[1..], "state");
        AssertBroken([.. packets, packets[^1]], "has not begun");
        AssertBroken([.. packets[..3], .. packets[1..]], "described twice");
        int sent = Array.FindIndex(packets, packet => System.Text.Encoding.Latin1.GetString(packet).Contains($"IPI Fixed {TracedImage.AnswerVector}", StringComparison.Ordinal));
        AssertBroken([.. packets[..(sent + 1)], .. packets[(sent + 3)..]], "has one end");
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Linux_KVM_in_root_operation_has_a_process_for_each_VM_and_the_times_of_the_summary()
    {
        (string image, string initrd) = ExternalTools.LinuxKvm("clean");
        TracedRun run = TracedRun.OfFile("perfetto", "--bare", "--kernel", image, "--initrd", initrd, "-m", "256M", "--smp", "2", "--append", "console=ttyS0 nokaslr tsc=reliable no_timer_check");
        PerfettoFile trace = PerfettoFile.Read(run.Trace);
        CheckAgainstSummary(run, trace);
        Assert.Equal(
            run.Guests.Select(guest => $"VM, EPTP {guest.GetProperty("eptPointer").GetString()}").Distinct(),
            trace.Tracks.Where(track => track.IsProcess && track.Name != "host").Select(track => track.Name));
        Assert.Contains(trace.Events, e => e.Name.StartsWith("IPI Fixed", StringComparison.Ordinal) && e.Flows.Any(arrow => trace.Arrow(arrow)[^1].Ends.Length == 1));
    }

    private static void AssertBroken(byte[][] packets, string why) =>
        Assert.Contains(why, Assert.Throws<InvalidDataException>(() => PerfettoFile.Read([.. packets.SelectMany(packet => packet)])).Message, StringComparison.Ordinal);

    /// <summary>The packets of a trace, each with its tag and its length.</summary>
    private static byte[][] Packets(byte[] trace)
    {
        var packets = new List<byte[]>();
        foreach (ProtobufField packet in ProtobufReader.Read(trace))
        {
            int length = packet.Bytes.Length;
            byte[] head = length < 0x80 ? [0x0A, (byte)length] : [0x0A, (byte)(length | 0x80), (byte)(length >> 7)];
            packets.Add([.. head, .. packet.Bytes.Span]);
        }

        return [.. packets];
    }

    private static void CheckAgainstSummary(TracedRun run, PerfettoFile trace)
    {
        PerfettoEvent[] host = [.. trace.Events.Where(e => e is { Type: PerfettoFile.Begin } && e.Name != "host" && trace.ProcessOf(e) == "host")];
        Assert.Equal(
            run.Exits.Where(exit => exit.Key is not (33 or 34)).ToDictionary(exit => KvmNames.Of((ExitReason)exit.Key), exit => exit.Value),
            host.GroupBy(e => e.Name).ToDictionary(group => group.Key, group => (long)group.Count()));
        Assert.Equal(run.Entries, trace.Events.Count(e => e is { Type: PerfettoFile.Begin, Name: "guest" }));
        ulong[] inside = [.. run.Document.GetProperty("vmx").GetProperty("processors").EnumerateArray().Select(processor => processor.GetProperty("nonRootTicks").GetUInt64())];
        for (int i = 0; i < inside.Length; i++) Assert.Equal(inside[i], TimeInGuests(trace, i));
    }

    private static ulong TimeInGuests(PerfettoFile trace, int processor)
    {
        ulong[] tracks = [.. trace.Tracks.Where(track => !track.IsProcess && track.Name == $"processor {processor}").Select(track => track.Id)];
        ulong time = 0, begun = 0;
        foreach (PerfettoEvent e in trace.Events.Where(e => tracks.Contains(e.Track) && trace.ProcessOf(e) != "host"))
        {
            if (e.Type == PerfettoFile.Begin) begun = e.Time;
            if (e.Type == PerfettoFile.End) time += e.Time - begun;
        }

        return time;
    }
}
