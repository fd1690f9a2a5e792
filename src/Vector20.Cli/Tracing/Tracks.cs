using System.Globalization;
using Vector20.Machine;
using Vector20.Machine.Vmx;

namespace Vector20.Cli.Tracing;

/// <summary>
/// The tracks of a trace: a process for the host and one for each VM, each with a track per processor. Guests with one EPTP are one VM, for they
/// share their memory; a guest without EPT is a VM by itself.
/// </summary>
internal sealed class Tracks
{
    private const int Host = 1, Spacing = 1000;

    private readonly PerfettoWriter _writer;
    private readonly Dictionary<(ulong EptPointer, int Guest), int> _machines = [];
    private readonly HashSet<ulong> _described = [];

    /// <summary>Describes the host's tracks.</summary>
    public Tracks(PerfettoWriter writer, Computer computer)
    {
        _writer = writer;
        writer.DescribeProcess(Id(Host, 0), Host, "host");
        for (int i = 0; i < computer.Processors.Count; i++) OfHost(i);
    }

    /// <summary>The host's track of a processor.</summary>
    public ulong OfHost(int processor) => Described(Host, processor);

    /// <summary>The track of a processor in the VM that a guest is part of.</summary>
    public ulong OfGuest(GuestAccount guest, int processor)
    {
        ulong root = guest.Identity?.EptPointer ?? 0;
        (ulong, int) key = (root, root == 0 ? guest.Number : -1);
        if (_machines.TryGetValue(key, out int process)) return Described(process, processor);
        process = Host + 1 + _machines.Count;
        _machines.Add(key, process);
        _writer.DescribeProcess(Id(process, 0), process, NameOf(guest));
        return Described(process, processor);
    }

    private static ulong Id(int process, int thread) => (ulong)(process * Spacing + thread);

    private static string NameOf(GuestAccount guest) => guest.Identity switch
    {
        null => "the guests for which there was no room",
        { Vmcs: VmxState.NoPointer } => "VM",
        { EptPointer: 0 } one => string.Create(CultureInfo.InvariantCulture, $"VM, VMCS 0x{one.Vmcs:x}"),
        { } one => string.Create(CultureInfo.InvariantCulture, $"VM, EPTP 0x{one.EptPointer:x}"),
    };

    private ulong Described(int process, int processor)
    {
        ulong track = Id(process, processor + 1);
        if (_described.Add(track)) _writer.DescribeThread(track, process, (int)track, string.Create(CultureInfo.InvariantCulture, $"processor {processor}"));
        return track;
    }
}
