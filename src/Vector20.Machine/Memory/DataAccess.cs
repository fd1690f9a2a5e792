using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Processors;

/// <summary>
/// How instructions reach memory: effective address, segmentation, software TLB. Everything here answers false when the
/// access faults or exits; the fault is then in <see cref="Raised"/> or the exit in <see cref="Exit"/>.
/// </summary>
/// <remarks>
/// The unsafe part is one dereference in <see cref="ReadLinear{T}"/> and one in <see cref="WriteLinear{T}"/>: a tag that
/// matches proves that the page is RAM of this machine, and the test before it that the access stays inside that page.
/// </remarks>
public sealed unsafe partial class Processor
{
    internal const int TlbEntries = 1024;
    private const ulong PageMask = ~0xFFFul;

    internal const int AccessModes = 4;

    /// <summary>One table for each <see cref="AccessMode"/>, one after the other. Nothing enters the last, so that every access it serves is checked for alignment.</summary>
    private TlbEntry[] _tlb = null!;

    internal const int GuestPhysicalMappings = 256;
    private GuestPhysicalMapping[] _guestPhysical = null!;

    /// <summary>An aligned region that holds every large page of which pieces are cached, if any are.</summary>
    private (bool Any, ulong First, ulong Mask) _largePages;

    /// <summary>What the translations cached since the last flush were made with.</summary>
    internal TranslationContext TranslatedIn;

    /// <summary>The generation that valid tags carry in their low 12 bits: 1-4095, so that an empty tag never matches.</summary>
    internal uint TlbGeneration;

    /// <summary>The offset within its segment of an operation's memory operand, truncated to the address size.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong EffectiveAddress(in Operation op)
    {
        ulong address = Registers.At<ulong>(op.Base) + (Registers.At<ulong>(op.Index) << op.Scale) + (ulong)(long)op.Displacement;
        if (op.AddressSize != 8) address = op.AddressSize == 4 ? (uint)address : (ushort)address;
        else if ((op.Flags & OperationFlags.WideOffset) != 0) address = (ulong)op.Immediate;
        return address;
    }

    /// <summary>Reads an operation's memory operand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Load<T>(in Operation op, out T value) where T : unmanaged
    {
        ulong offset = EffectiveAddress(op);
        if (SegmentChecks && !CheckSegment(op.Segment, offset, sizeof(T), AccessKind.Read))
        {
            value = default;
            return false;
        }

        return ReadLinear(offset + Registers.At<ulong>(op.SegmentBase) & LinearMask, DataMode, out value, op.Segment);
    }

    /// <summary>Reads the memory operand of a read-modify-write: every check that the write will need is made now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool LoadForWrite<T>(in Operation op, out T value) where T : unmanaged
    {
        ulong offset = EffectiveAddress(op);
        if (SegmentChecks && !CheckSegment(op.Segment, offset, sizeof(T), AccessKind.Write))
        {
            value = default;
            return false;
        }

        return ReadLinearForWrite(offset + Registers.At<ulong>(op.SegmentBase) & LinearMask, DataMode, out value, op.Segment);
    }

    /// <summary>Writes an operation's memory operand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Store<T>(in Operation op, T value) where T : unmanaged
    {
        ulong offset = EffectiveAddress(op);
        if (SegmentChecks && !CheckSegment(op.Segment, offset, sizeof(T), AccessKind.Write)) return false;
        return WriteLinear(offset + Registers.At<ulong>(op.SegmentBase) & LinearMask, DataMode, value, op.Segment);
    }

    /// <summary>Reads at segment:offset with the rights of the current CPL. The offset is already truncated to its size.</summary>
    internal bool Read<T>(SegmentName segment, ulong offset, out T value) where T : unmanaged
    {
        if (SegmentChecks && !CheckSegment(segment, offset, sizeof(T), AccessKind.Read))
        {
            value = default;
            return false;
        }

        return ReadLinear(Linear(segment, offset), DataMode, out value, segment);
    }

    /// <summary>Reads at segment:offset what is about to be written there: every check that the write will need is made now.</summary>
    internal bool ReadForWrite<T>(SegmentName segment, ulong offset, out T value) where T : unmanaged
    {
        if (SegmentChecks && !CheckSegment(segment, offset, sizeof(T), AccessKind.Write))
        {
            value = default;
            return false;
        }

        return ReadLinearForWrite(Linear(segment, offset), DataMode, out value, segment);
    }

    /// <summary>Writes at segment:offset with the rights of the current CPL.</summary>
    internal bool Write<T>(SegmentName segment, ulong offset, T value) where T : unmanaged
    {
        if (SegmentChecks && !CheckSegment(segment, offset, sizeof(T), AccessKind.Write)) return false;
        return WriteLinear(Linear(segment, offset), DataMode, value, segment);
    }

    /// <summary>The linear address of segment:offset now. 64-bit mode ignores the bases of ES, CS, SS and DS.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong Linear(SegmentName segment, ulong offset)
    {
        if (Is64Bit && segment < SegmentName.Fs) return offset;
        return Registers.At<ulong>((byte)(Register.SegmentBases + 8 * (int)segment)) + offset & LinearMask;
    }

    /// <summary>Pushes a value of the operand size on the current stack, and moves RSP when that succeeded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Push<T>(T value) where T : unmanaged
    {
        ulong top = Registers.At<ulong>(Register.Rsp) - (uint)sizeof(T) & StackMask;
        if (!Write(SegmentName.Ss, top, value)) return false;
        SetStackPointer(top);
        return true;
    }

    /// <summary>Reads the value on top of the current stack; the caller moves RSP by <see cref="SetStackPointer"/> when it completes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Peek<T>(out T value, ulong depth = 0) where T : unmanaged =>
        Read(SegmentName.Ss, Registers.At<ulong>(Register.Rsp) + depth & StackMask, out value);

    /// <summary>Sets RSP, ESP or SP, whichever the stack size makes the stack pointer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void SetStackPointer(ulong value)
    {
        if (StackMask == ushort.MaxValue) Registers.At<ushort>(Register.Rsp) = (ushort)value;
        else Registers.At<ulong>(Register.Rsp) = value & StackMask;
    }

    /// <summary>Reads at a linear address.</summary>
    /// <param name="linear">The linear address, already truncated to 32 bits outside 64-bit mode.</param>
    /// <param name="mode">With whose rights: <see cref="DataMode"/>, or <see cref="AccessMode.Supervisor"/> for tables.</param>
    /// <param name="value">What was read.</param>
    /// <param name="segment">For a non-canonical address: SS raises #SS, the others #GP.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool ReadLinear<T>(ulong linear, AccessMode mode, out T value, SegmentName segment = SegmentName.Ds) where T : unmanaged
    {
        ref TlbEntry entry = ref TlbSlot(linear, mode);
        if (entry.ReadTag == (linear & PageMask | TlbGeneration) && (linear & ~PageMask) <= 4096u - (uint)sizeof(T))
        {
            value = Unsafe.ReadUnaligned<T>((byte*)((nint)linear + entry.Addend));
            return true;
        }

        return SlowAccess.Read(this, linear, mode, segment, out value);
    }

    /// <summary>Reads at a linear address that is about to be written: checks and marks as for a write.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool ReadLinearForWrite<T>(ulong linear, AccessMode mode, out T value, SegmentName segment = SegmentName.Ds) where T : unmanaged
    {
        ref TlbEntry entry = ref TlbSlot(linear, mode);
        if (entry.WriteTag == (linear & PageMask | TlbGeneration) && (linear & ~PageMask) <= 4096u - (uint)sizeof(T))
        {
            value = Unsafe.ReadUnaligned<T>((byte*)((nint)linear + entry.Addend));
            return true;
        }

        return SlowAccess.ReadForWrite(this, linear, mode, segment, out value);
    }

    /// <summary>Writes at a linear address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool WriteLinear<T>(ulong linear, AccessMode mode, T value, SegmentName segment = SegmentName.Ds) where T : unmanaged
    {
        ref TlbEntry entry = ref TlbSlot(linear, mode);
        if (entry.WriteTag == (linear & PageMask | TlbGeneration) && (linear & ~PageMask) <= 4096u - (uint)sizeof(T))
        {
            Unsafe.WriteUnaligned((byte*)((nint)linear + entry.Addend), value);
            return true;
        }

        return SlowAccess.Write(this, linear, mode, segment, value);
    }

    /// <summary>The host memory from a linear address to its page's end, if reading it needs no check; else empty.</summary>
    internal Span<byte> ReadableAhead(ulong linear)
    {
        ref TlbEntry entry = ref TlbSlot(linear, DataMode);
        return entry.ReadTag == (linear & PageMask | TlbGeneration) ? new((byte*)((nint)linear + entry.Addend), 4096 - (int)(linear & ~PageMask)) : default;
    }

    /// <summary>As <see cref="ReadableAhead"/>, if writing needs no check.</summary>
    internal Span<byte> WritableAhead(ulong linear)
    {
        ref TlbEntry entry = ref TlbSlot(linear, DataMode);
        return entry.WriteTag == (linear & PageMask | TlbGeneration) ? new((byte*)((nint)linear + entry.Addend), 4096 - (int)(linear & ~PageMask)) : default;
    }

    /// <summary>Makes every check of a one-byte read of an operation's memory operand, and reads nothing.</summary>
    internal bool Probe(in Operation op)
    {
        ulong offset = EffectiveAddress(op);
        if (SegmentChecks && !CheckSegment(op.Segment, offset, 1, AccessKind.Read)) return false;
        return SlowAccess.Probe(this, offset + Registers.At<ulong>(op.SegmentBase) & LinearMask, DataMode, op.Segment);
    }

    /// <summary>Forgets every cached translation of this processor. The manual allows it at any time (SDM 3A 4.10.2.3).</summary>
    internal void FlushTlb()
    {
        ForgetHostPointers();
        TranslatedIn = TranslationContext.Of(this);
        _largePages = default;
        CodeGeneration = Computer.Memory.Pool.NextCodeGeneration();
        ContextChanged();
    }

    /// <summary>Forgets every cached way to a decoded block, and leaves the running one. What the guest sees does not change, so nothing asks for attention.</summary>
    internal void ForgetBlocks()
    {
        CodeGeneration = Computer.Memory.Pool.NextCodeGeneration();
        Context = CodeGeneration << 8 | Context & 0xFF;
        LeaveBlock();
    }

    /// <summary>Forgets which host memory holds which page. The translations themselves, and so the ways to decoded blocks, stay right.</summary>
    internal void ForgetHostPointers()
    {
        TranslationCache cache = Computer.Memory.Pool.Cache(Index);
        TlbGeneration = cache.NextGeneration(this);
        _tlb = cache.Entries;
        _guestPhysical = cache.GuestPhysical;
    }

    /// <summary>Forgets the cached translations of one linear page, of whatever size: with every 4-KiB piece cached of a large one (SDM 3A 4.10.4.1).</summary>
    internal void FlushTlbPage(ulong linear)
    {
        if (_largePages.Any && (linear & _largePages.Mask) == _largePages.First)
        {
            FlushTlb();
            return;
        }

        for (int mode = 0; mode < AccessModes; mode++) TlbSlot(linear, (AccessMode)mode) = default;
        CodeGeneration = Computer.Memory.Pool.NextCodeGeneration();
        ContextChanged();
    }

    /// <summary>Remembers that pieces of a large page are cached: the aligned region that holds all such pages grows to hold this one.</summary>
    internal void NoteLargePage(ulong linear, int pageShift)
    {
        ulong mask = ulong.MaxValue << pageShift;
        if (_largePages.Any) mask &= _largePages.Mask;
        while (_largePages.Any && ((linear ^ _largePages.First) & mask) != 0) mask <<= 1;
        _largePages = (true, linear & mask, mask);
    }

    /// <summary>The one slot that may hold the mapping of a guest-physical page.</summary>
    internal ref GuestPhysicalMapping GuestPhysicalSlot(ulong guestPhysical) =>
        ref _guestPhysical[(int)(guestPhysical >> 12) & (GuestPhysicalMappings - 1)];

    /// <summary>The one slot that may hold the translation of a page. Unsafe, and in bounds: ten bits of page number and two of mode index 4096 entries.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref TlbEntry TlbSlot(ulong linear, AccessMode mode)
    {
        uint index = (uint)(linear >> 12) & (TlbEntries - 1) | ((uint)mode & (AccessModes - 1)) * TlbEntries;
        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_tlb), index);
    }
}
