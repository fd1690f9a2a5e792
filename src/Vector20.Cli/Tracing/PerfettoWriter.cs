namespace Vector20.Cli.Tracing;

/// <summary>One piece of information about an event of a trace.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Number">Its value.</param>
/// <param name="Text">Its value, where that is no number.</param>
internal readonly record struct Annotation(string Name, ulong Number, string? Text = null);

/// <summary>
/// Writes packets of a Perfetto trace: protos/perfetto/trace/trace_packet.proto, and track_event.proto, track_descriptor.proto,
/// debug_annotation.proto, process_descriptor.proto, thread_descriptor.proto in track_event/ beside it. One packet after the other, so that what
/// has been written is a trace at any time.
/// </summary>
internal sealed class PerfettoWriter(Stream stream)
{
    private const int Packet = 1;
    private const int Timestamp = 8, SequenceId = 10, Event = 11, SequenceFlags = 13, Descriptor = 60;
    private const int Annotations = 4, Type = 9, Track = 11, Name = 23, FlowIds = 47, TerminatingFlowIds = 48;
    private const int Uuid = 1, TrackName = 2, Process = 3, Thread = 4;
    private const int AnnotationName = 10, Unsigned = 3, Words = 6, Pointer = 7;
    private const ulong OnlySequence = 1, StateCleared = 1;

    private readonly ProtobufWriter _outer = new(), _packet = new(), _message = new(), _inner = new();
    private bool _begun;

    /// <summary>What an event of a track is.</summary>
    public enum Kind
    {
        /// <summary>A slice begins.</summary>
        Begin = 1,

        /// <summary>The innermost slice ends.</summary>
        End = 2,

        /// <summary>It has no length.</summary>
        Instant = 3,
    }

    /// <summary>Names a process.</summary>
    public void DescribeProcess(ulong track, int process, string name)
    {
        const int Id = 1, ProcessName = 6;
        _inner.Clear().Number(Id, (uint)process).Text(ProcessName, name);
        Write(_message.Clear().Number(Uuid, track).Message(Process, _inner), Descriptor, null);
    }

    /// <summary>Names a track of a process.</summary>
    public void DescribeThread(ulong track, int process, int thread, string name)
    {
        const int ProcessId = 1, ThreadId = 2, ThreadName = 5;
        _inner.Clear().Number(ProcessId, (uint)process).Number(ThreadId, (uint)thread).Text(ThreadName, name);
        Write(_message.Clear().Number(Uuid, track).Text(TrackName, name).Message(Thread, _inner), Descriptor, null);
    }

    /// <summary>An event of a track.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="track">Of which track.</param>
    /// <param name="time">When.</param>
    /// <param name="name">Its name; null where a slice ends.</param>
    /// <param name="flows">Arrows that begin here, or pass by.</param>
    /// <param name="ends">The arrow that ends here; 0 for none.</param>
    /// <param name="annotations">More about it.</param>
    public void Add(Kind kind, ulong track, ulong time, string? name, ReadOnlySpan<ulong> flows, ulong ends, params ReadOnlySpan<Annotation> annotations)
    {
        _message.Clear();
        foreach (Annotation annotation in annotations) _message.Message(Annotations, Annotate(annotation));
        _message.Number(Type, (ulong)kind).Number(Track, track);
        if (name is not null) _message.Text(Name, name);
        foreach (ulong flow in flows) _message.Fixed(FlowIds, flow);
        if (ends != 0) _message.Fixed(TerminatingFlowIds, ends);
        Write(_message, Event, time);
    }

    private ProtobufWriter Annotate(in Annotation annotation)
    {
        _inner.Clear().Text(AnnotationName, annotation.Name);
        if (annotation.Text is { } text) return _inner.Text(Words, text);
        return _inner.Number(IsAddress(annotation.Name) ? Pointer : Unsigned, annotation.Number);
    }

    /// <summary>What a reader wants to see in hexadecimal.</summary>
    private static bool IsAddress(string name) => name is not ("vcpu" or "vpid" or "vector" or "destination");

    private void Write(ProtobufWriter message, int field, ulong? time)
    {
        _packet.Clear();
        if (time is { } when) _packet.Number(Timestamp, when);
        _packet.Number(SequenceId, OnlySequence);
        if (!_begun) _packet.Number(SequenceFlags, StateCleared);
        _begun = true;
        _packet.Message(field, message);
        stream.Write(_outer.Clear().Message(Packet, _packet).Written);
    }
}
