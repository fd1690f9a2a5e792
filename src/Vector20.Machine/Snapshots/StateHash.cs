using Vector20.Machine.Memory;
using Vector20.Machine.Platform;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Snapshots;

/// <summary>
/// The whole state of a computer in 128 bits: equal for two computers that will do the same from now on. What only makes it fast
/// (caches, decoded code, which frame holds which page) does not count.
/// </summary>
public static class StateHash
{
    /// <summary>Hashes a computer between two instructions.</summary>
    /// <param name="computer">The computer.</param>
    /// <param name="includeTime">Whether the clock and the place in the schedule count.</param>
    public static UInt128 Of(Computer computer, bool includeTime = true)
    {
        using var digest = new StateDigest();
        AddMemory(computer.Memory, digest);
        foreach (Processor processor in computer.Processors) ProcessorDigest.Add(processor, digest);
        foreach (IDevice device in computer.Pc?.Devices ?? []) digest.Add(device.StateBytes);
        if (includeTime) digest.Add(computer.Scheduler.StateBytes);
        return digest.Finish();
    }

    /// <summary>Every page that is not all zeros, behind its address.</summary>
    private static void AddMemory(PhysicalMemory memory, StateDigest digest)
    {
        digest.Add(memory.Size);
        for (ulong page = 0; page < memory.Size; page += FramePool.FrameSize)
        {
            ulong address = page < PhysicalMemory.HoleStart ? page : page - PhysicalMemory.HoleStart + PhysicalMemory.HoleEnd;
            ReadOnlySpan<byte> bytes = memory.PageBytes(address);
            if (bytes.IsEmpty || !bytes.ContainsAnyExcept((byte)0)) continue;
            digest.Add(address);
            digest.Add(bytes);
        }
    }
}
