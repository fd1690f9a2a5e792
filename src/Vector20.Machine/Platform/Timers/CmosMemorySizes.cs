using System.Buffers.Binary;

namespace Vector20.Machine.Platform.Timers;

/// <summary>Where firmware leaves the size of memory in CMOS RAM.</summary>
internal static class CmosMemorySizes
{
    private const int Base = 0x15, Extended = 0x17, ExtendedCopy = 0x30, Above16M = 0x34;
    private const ulong KiB = 1 << 10, MiB = 1 << 20;

    public static void Write(Span<byte> cmos, ulong memory)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(cmos[Base..], 640);
        ushort extended = (ushort)Math.Min(memory > MiB ? (memory - MiB) / KiB : 0, 0xFC00);
        BinaryPrimitives.WriteUInt16LittleEndian(cmos[Extended..], extended);
        BinaryPrimitives.WriteUInt16LittleEndian(cmos[ExtendedCopy..], extended);
        ulong below = Math.Min(memory, Memory.PhysicalMemory.HoleStart);
        BinaryPrimitives.WriteUInt16LittleEndian(cmos[Above16M..], (ushort)Math.Min(below > 16 * MiB ? (below - 16 * MiB) / (64 * KiB) : 0, ushort.MaxValue));
    }
}
