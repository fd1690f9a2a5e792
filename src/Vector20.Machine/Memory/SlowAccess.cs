using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vector20.Machine.Events;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Memory;

/// <summary>
/// The accesses that miss the software TLB: those that cross a page, the first to a page, devices, pages that hold decoded
/// code or are watched by a debug register. Every byte is translated before any is written.
/// </summary>
internal static unsafe class SlowAccess
{
    public static bool Read<T>(Processor p, ulong linear, AccessMode mode, SegmentName segment, out T value) where T : unmanaged
    {
        Unsafe.SkipInit(out value);
        if (!Parts.Translate(p, linear, sizeof(T), new Access(AccessKind.Read, mode, segment), out Parts parts)) return false;
        return parts.Read(p, MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref value, 1)));
    }

    public static bool ReadForWrite<T>(Processor p, ulong linear, AccessMode mode, SegmentName segment, out T value) where T : unmanaged
    {
        Unsafe.SkipInit(out value);
        if (!Parts.Translate(p, linear, sizeof(T), new Access(AccessKind.Write, mode, segment, true), out Parts parts)) return false;
        return parts.Read(p, MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref value, 1)));
    }

    public static bool Write<T>(Processor p, ulong linear, AccessMode mode, SegmentName segment, T value) where T : unmanaged
    {
        if (!Parts.Translate(p, linear, sizeof(T), new Access(AccessKind.Write, mode, segment), out Parts parts)) return false;
        return parts.Write(p, MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref value, 1)));
    }

    /// <summary>Makes the checks of a one-byte read.</summary>
    public static bool Probe(Processor p, ulong linear, AccessMode mode, SegmentName segment) =>
        Parts.Translate(p, linear, 1, new Access(AccessKind.Read, mode, segment), out _);

    /// <summary>#AC if an access is not aligned to its size, one of ten bytes to eight. <paramref name="access"/> becomes a plain user-mode access.</summary>
    [Manual("3A", "6.15", "Interrupt 17—Alignment Check Exception (#AC)")]
    private static bool Aligned(Processor p, ulong linear, int size, ref Access access)
    {
        access = access with { Mode = AccessMode.User };
        return (linear & (1u << BitOperations.Log2((uint)size)) - 1) == 0 || p.Refuse(ExceptionVector.AlignmentCheck, 0);
    }

    /// <summary>An access as one or two physical pieces.</summary>
    private readonly record struct Parts(PhysicalAddress First, PhysicalAddress Second, int FirstLength)
    {
        public static bool Translate(Processor p, ulong linear, int size, Access access, out Parts parts)
        {
            parts = default;
            int inFirst = Math.Min(size, 0x1000 - ((int)linear & 0xFFF));
            if (!Canonical.Check(p, linear, size, access)) return false;
            if (access.Mode == AccessMode.UserAligned && !Aligned(p, linear, size, ref access)) return false;
            if (!LinearTranslation.Translate(p, new LinearAddress(linear), access, out PhysicalAddress first)) return false;
            PhysicalAddress second = default;
            if (inFirst < size)
            {
                // A system table of IA-32e mode may lie above 4 GiB while compatibility mode runs.
                ulong beyond = linear + (uint)inFirst;
                var next = new LinearAddress(linear > uint.MaxValue ? beyond : beyond & p.LinearMask);
                if (!LinearTranslation.Translate(p, next, access, out second)) return false;
            }

            parts = new Parts(first, second, inFirst);
            return DebugWatch.Check(p, linear, size, access.Kind);
        }

        public bool Read(Processor p, Span<byte> destination)
        {
            PhysicalAccess.Read(p, First, destination[..FirstLength]);
            if (FirstLength < destination.Length) PhysicalAccess.Read(p, Second, destination[FirstLength..]);
            return p.StopReason == StopReason.None;
        }

        public bool Write(Processor p, ReadOnlySpan<byte> source)
        {
            PhysicalAccess.Write(p, First, source[..FirstLength]);
            if (FirstLength < source.Length) PhysicalAccess.Write(p, Second, source[FirstLength..]);
            return p.StopReason == StopReason.None;
        }
    }
}
