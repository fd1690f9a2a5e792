namespace Vector20.Cli.Tests.Tracing;

/// <summary>One event of a trace.</summary>
internal sealed record PerfettoEvent(ulong Time, int Type, ulong Track, string Name, ulong[] Flows, ulong[] Ends, Dictionary<string, object> Arguments);

/// <summary>One track: a process or a thread of one.</summary>
internal sealed record PerfettoTrack(ulong Id, int Process, bool IsProcess, string Name);

/// <summary>
/// A Perfetto trace, read by what its .proto files say and checked by what its viewer needs: every track is described before it is used, slices
/// of a track nest and are closed, time does not go back on a track, and every arrow has two ends.
/// </summary>
internal sealed class PerfettoFile
{
    public const int Begin = 1, End = 2, Instant = 3;

    private readonly Dictionary<ulong, PerfettoTrack> _tracks = [];

    private PerfettoFile(byte[] bytes)
    {
        foreach (ProtobufField packet in ProtobufReader.Read(bytes))
        {
            Require(packet.Number == 1, "a trace has packets and nothing else");
            ReadPacket(packet.Message);
        }

        CheckSlices();
        CheckArrows();
    }

    public List<PerfettoEvent> Events { get; } = [];

    public IEnumerable<PerfettoTrack> Tracks => _tracks.Values;

    /// <summary>Reads a trace, or throws <see cref="InvalidDataException"/>.</summary>
    public static PerfettoFile Read(byte[] bytes) => new(bytes);

    /// <summary>The process that an event is of.</summary>
    public string ProcessOf(PerfettoEvent e) => _tracks.Values.First(track => track.IsProcess && track.Process == _tracks[e.Track].Process).Name;

    /// <summary>The events that an arrow joins, in the order of time.</summary>
    public PerfettoEvent[] Arrow(ulong id) => [.. Events.Where(e => e.Flows.Contains(id) || e.Ends.Contains(id))];

    private static void Require(bool holds, string what)
    {
        if (!holds) throw new InvalidDataException(what);
    }

    private static ulong Number(ProtobufField[] message, int field) => message.Single(f => f.Number == field).Value;

    private void ReadPacket(ProtobufField[] packet)
    {
        const int Timestamp = 8, Sequence = 10, Event = 11, Flags = 13, Descriptor = 60;
        Require(Number(packet, Sequence) == 1, "one sequence");
        bool first = _tracks.Count == 0;
        Require(packet.Any(f => f.Number == Flags && f.Value == 1) == first, "the first packet, and no other, clears the sequence's state");
        foreach (ProtobufField field in packet)
        {
            if (field.Number == Descriptor) ReadTrack(field.Message);
            else if (field.Number == Event) ReadEvent(Number(packet, Timestamp), field.Message);
        }
    }

    private void ReadTrack(ProtobufField[] descriptor)
    {
        ulong id = Number(descriptor, 1);
        ProtobufField of = descriptor.Single(f => f.Number is 3 or 4);
        bool process = of.Number == 3;
        string name = of.Message.Single(f => f.Number == (process ? 6 : 5)).Text;
        Require(_tracks.TryAdd(id, new PerfettoTrack(id, (int)Number(of.Message, 1), process, name)), $"track {id} is described twice");
    }

    private void ReadEvent(ulong time, ProtobufField[] e)
    {
        ulong track = Number(e, 11);
        Require(_tracks.ContainsKey(track), $"track {track} is not described");
        var arguments = new Dictionary<string, object>();
        foreach (ProtobufField annotation in e.Where(f => f.Number == 4))
        {
            ProtobufField[] pair = annotation.Message;
            ProtobufField value = pair.Single(f => f.Number is 3 or 6 or 7);
            arguments.Add(pair.Single(f => f.Number == 10).Text, value.Number == 6 ? value.Text : value.Value);
        }

        ulong[] Ids(int number) => [.. e.Where(f => f.Number == number).Select(f => f.Value)];
        Events.Add(new PerfettoEvent(time, (int)Number(e, 9), track, e.SingleOrDefault(f => f.Number == 23).Text, Ids(47), Ids(48), arguments));
    }

    private void CheckSlices()
    {
        foreach (IGrouping<ulong, PerfettoEvent> track in Events.GroupBy(e => e.Track))
        {
            int depth = 0;
            ulong last = 0;
            foreach (PerfettoEvent e in track)
            {
                Require(e.Time >= last, $"time goes back on track {track.Key}");
                last = e.Time;
                Require(e.Type is Begin or End or Instant, $"an event of type {e.Type}");
                Require(e.Type == End || e.Name.Length > 0, "an event without a name");
                depth += e.Type == Begin ? 1 : e.Type == End ? -1 : 0;
                Require(depth >= 0, $"a slice of track {track.Key} ends that has not begun");
                Require(depth > 0 || e.Type == End, $"an instant of track {track.Key} outside every slice");
            }

            Require(depth == 0, $"a slice of track {track.Key} does not end");
        }
    }

    private void CheckArrows()
    {
        foreach (ulong id in Events.SelectMany(e => e.Flows.Concat(e.Ends)).Distinct())
        {
            PerfettoEvent[] joined = Arrow(id);
            Require(joined.Length >= 2, $"arrow {id} has one end");
            Require(joined.Count(e => e.Ends.Contains(id)) <= 1, $"arrow {id} ends twice");
            Require(joined[..^1].All(e => e.Flows.Contains(id)), $"arrow {id} goes on after its end");
        }
    }
}
