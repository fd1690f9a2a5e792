using Vector20.Machine.Platform;

namespace Vector20.Hypervisor.Tests;

/// <summary>A device that remembers what it was written and answers what it is told.</summary>
internal sealed class RecordingDevice : IPortDevice, IMemoryDevice
{
    public List<(ulong At, int Size, ulong Value)> Written { get; } = [];

    public ulong Answer { get; set; }

    public uint ReadPort(ushort port, int size) => (uint)Answer;

    public void WritePort(ushort port, int size, uint value) => Written.Add((port, size, value));

    public ulong ReadMemory(ulong offset, int size) => Answer;

    public void WriteMemory(ulong offset, int size, ulong value) => Written.Add((offset, size, value));
}
