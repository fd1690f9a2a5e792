using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Vector20.Machine.Memory;

namespace Vector20.Machine.Processors;

/// <summary>
/// Linear memory through the software TLB. Explicit accesses of instructions take the table of <see cref="DataMode"/>; those to
/// descriptor tables and the like say with whose rights they are made.
/// </summary>
/// <remarks>
/// The unsafe part: an entry whose tag is <see cref="Tag{T}"/> proves that the page is RAM of this machine, and that the access stays inside it.
/// </remarks>
public sealed unsafe partial class Processor
{
    /// <summary>What <see cref="ReadSlowly{T}"/> read. A local whose address it took would live in memory in every caller. As wide as the widest operand.</summary>
    private Vector256<byte> _slowlyRead;

    /// <summary>Reads with the rights of the current CPL.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool ReadData<T>(ulong linear, SegmentName segment, out T value) where T : unmanaged
    {
        ref TlbEntry entry = ref DataSlot(linear);
        if (entry.ReadTag == Tag<T>(linear))
        {
            value = Unsafe.ReadUnaligned<T>((byte*)((nint)linear + entry.Addend));
            return true;
        }

        if (ReadSlowly<T>(linear, DataMode, segment))
        {
            value = Unsafe.As<Vector256<byte>, T>(ref _slowlyRead);
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>Reads with the rights of the current CPL what is about to be written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool ReadDataForWrite<T>(ulong linear, SegmentName segment, out T value, out nint place) where T : unmanaged
    {
        ref TlbEntry entry = ref DataSlot(linear);
        if (entry.WriteTag == Tag<T>(linear))
        {
            place = (nint)linear + entry.Addend;
            value = Unsafe.ReadUnaligned<T>((byte*)place);
            return true;
        }

        place = 0;
        if (ReadForWriteSlowly<T>(linear, segment))
        {
            value = Unsafe.As<Vector256<byte>, T>(ref _slowlyRead);
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>Writes with the rights of the current CPL.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool WriteData<T>(ulong linear, SegmentName segment, T value) where T : unmanaged
    {
        ref TlbEntry entry = ref DataSlot(linear);
        if (entry.WriteTag != Tag<T>(linear)) return SlowAccess.Write(this, linear, DataMode, segment, value);
        Unsafe.WriteUnaligned((byte*)((nint)linear + entry.Addend), value);
        return true;
    }

    /// <summary>Writes at the place that <c>LoadForWrite</c> of the same instruction found.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void WriteBack<T>(nint place, T value) where T : unmanaged => Unsafe.WriteUnaligned((byte*)place, value);

    /// <summary>Reads at a linear address.</summary>
    /// <param name="linear">The linear address, already truncated to 32 bits outside 64-bit mode.</param>
    /// <param name="mode">With whose rights: <see cref="DataMode"/>, or <see cref="AccessMode.Supervisor"/> for tables.</param>
    /// <param name="value">What was read.</param>
    /// <param name="segment">For a non-canonical address: SS raises #SS, the others #GP.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool ReadLinear<T>(ulong linear, AccessMode mode, out T value, SegmentName segment = SegmentName.Ds) where T : unmanaged
    {
        ref TlbEntry entry = ref TlbSlot(linear, mode);
        if (entry.ReadTag == Tag<T>(linear))
        {
            value = Unsafe.ReadUnaligned<T>((byte*)((nint)linear + entry.Addend));
            return true;
        }

        if (ReadSlowly<T>(linear, mode, segment))
        {
            value = Unsafe.As<Vector256<byte>, T>(ref _slowlyRead);
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>Reads at a linear address that is about to be written: checks and marks as for a write.</summary>
    internal bool ReadLinearForWrite<T>(ulong linear, AccessMode mode, out T value, SegmentName segment = SegmentName.Ds) where T : unmanaged
    {
        ref TlbEntry entry = ref TlbSlot(linear, mode);
        if (entry.WriteTag != Tag<T>(linear)) return SlowAccess.ReadForWrite(this, linear, mode, segment, out value);
        value = Unsafe.ReadUnaligned<T>((byte*)((nint)linear + entry.Addend));
        return true;
    }

    /// <summary>Writes at a linear address.</summary>
    internal bool WriteLinear<T>(ulong linear, AccessMode mode, T value, SegmentName segment = SegmentName.Ds) where T : unmanaged
    {
        ref TlbEntry entry = ref TlbSlot(linear, mode);
        if (entry.WriteTag != Tag<T>(linear)) return SlowAccess.Write(this, linear, mode, segment, value);
        Unsafe.WriteUnaligned((byte*)((nint)linear + entry.Addend), value);
        return true;
    }

    /// <summary>The tag of an entry that serves an access: the page of its last byte, which is another page's if it crosses.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Tag<T>(ulong linear) where T : unmanaged => linear + (uint)(sizeof(T) - 1) & PageMask | TlbGeneration;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool ReadSlowly<T>(ulong linear, AccessMode mode, SegmentName segment) where T : unmanaged
    {
        bool done = SlowAccess.Read(this, linear, mode, segment, out T value);
        Unsafe.As<Vector256<byte>, T>(ref _slowlyRead) = value;
        return done;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool ReadForWriteSlowly<T>(ulong linear, SegmentName segment) where T : unmanaged
    {
        bool done = SlowAccess.ReadForWrite(this, linear, DataMode, segment, out T value);
        Unsafe.As<Vector256<byte>, T>(ref _slowlyRead) = value;
        return done;
    }
}
