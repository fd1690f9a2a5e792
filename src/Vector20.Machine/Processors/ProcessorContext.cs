using System.Runtime.CompilerServices;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors;

/// <summary>
/// What is derived from the architectural state and cached, because every access and every block needs it: the operating
/// mode, the access mode, whether segments need checks. <see cref="ContextChanged"/> derives it all anew.
/// </summary>
public sealed partial class Processor
{
    /// <summary>Identifies mode, CPL and translation for cached links between blocks: equal contexts mean the same RIP is the same code.</summary>
    internal ulong Context;

    /// <summary>A number no other translation of any processor of the computer has; renewed by every flush.</summary>
    internal ulong CodeGeneration;

    /// <summary>How code bytes are decoded now.</summary>
    internal CodeMode Mode;

    /// <summary>Access mode of explicit data accesses now.</summary>
    internal AccessMode DataMode;

    /// <summary>Index of that mode's first entry in the software TLB.</summary>
    private uint DataTable;

    /// <summary>Whether a data access through a segment register must be checked against limit and type. Writes through CS always are: no code may be written.</summary>
    internal bool SegmentChecks;

    /// <summary>Which segment registers are not flat, a bit for each.</summary>
    private uint _limitedSegments;

    /// <summary>ANDed to every linear address: 32 bits outside 64-bit mode.</summary>
    internal ulong LinearMask;

    /// <summary>ANDed to RIP: EIP is 32 bits wide in 16-bit code too, and running past FFFFH meets the segment limit there.</summary>
    internal ulong InstructionPointerMask;

    /// <summary>ANDed to RSP in stack operations.</summary>
    internal ulong StackMask;

    /// <summary>The highest RIP that may be fetched from: CS's limit, or all ones in 64-bit mode.</summary>
    internal ulong CodeLimit;

    /// <summary>A branch may go where target + bias is at most span: below CS's limit or, in 64-bit mode, to a canonical address.</summary>
    internal ulong TargetBias, TargetSpan;

    /// <summary>Something besides the next instruction may have to be done first: see Events/EventPriorities.</summary>
    internal bool Attention;

    /// <summary>Whether the processor has something to look at before its next instruction, or although it halts.</summary>
    public bool NeedsAttention => Attention;

    /// <summary>CR0.PE.</summary>
    internal bool Protected => (ControlRegister0 & Cr0.PE) != 0;

    /// <summary>EFER.LMA: IA-32e mode.</summary>
    internal bool LongMode => (ExtendedFeatures & Efer.LMA) != 0;

    /// <summary>64-bit mode: IA-32e mode with CS.L = 1.</summary>
    internal bool Is64Bit => Mode == CodeMode.Bits64;

    /// <summary>Virtual-8086 mode.</summary>
    internal bool Virtual8086 => (SystemFlags & Eflags.VM) != 0;

    /// <summary>Real-address mode.</summary>
    internal bool RealMode => !Protected;

    /// <summary>EFLAGS.IOPL.</summary>
    internal int IoPrivilegeLevel => (int)(SystemFlags >> 12 & 3);

    /// <summary>Whether that may be an event: else RF alone is to be cleared, which each fault's IRET sets.</summary>
    private bool _eventsWanted;

    /// <summary>Leaves the running block after this instruction, and looks at pending events and deadlines before the next.</summary>
    internal void RequestAttention()
    {
        _eventsWanted = true;
        Attention = true;
        OperationLimit = 0;
    }

    /// <summary>The look is taken now. Answers whether it is to be at events too.</summary>
    internal bool TakeAttention()
    {
        bool events = _eventsWanted;
        _eventsWanted = false;
        Attention = false;
        return events;
    }

    /// <summary>RF was set: it is for the next instruction alone.</summary>
    private void ResumeFlagSet()
    {
        Attention = true;
        OperationLimit = 0;
    }

    /// <summary>Leaves the running block after this instruction, for one decoded from what memory holds now.</summary>
    internal void LeaveBlock() => OperationLimit = 0;

    /// <summary>The CPL that <see cref="Context"/> was derived for.</summary>
    private int ContextPrivilegeLevel => (int)(Context >> 2) & 3;

    /// <summary>Derives the cached state anew, and leaves the running block. Called after any change of CR0, CR4, EFER, CS, CPL, RFLAGS.VM or .AC.</summary>
    internal void ContextChanged()
    {
        ref readonly SegmentRegister code = ref _segments[(int)SegmentName.Cs];
        Usable = Usable.None;
        Mode = LongMode && code.Long ? CodeMode.Bits64 : code.Big ? CodeMode.Bits32 : CodeMode.Bits16;
        DataMode = DataAccessMode();
        DataTable = (uint)DataMode * TlbEntries;
        LinearMask = Is64Bit ? ulong.MaxValue : uint.MaxValue;
        InstructionPointerMask = LinearMask;
        DataSegmentsChanged();
        Context = CodeGeneration << 8 | (uint)CurrentPrivilegeLevel << 2 | (uint)Mode;
        CodeLimit = Is64Bit ? ulong.MaxValue : code.Limit;
        int canonicalBits = (ControlRegister4 & Cr4.LA57) != 0 ? 57 : 48;
        (TargetBias, TargetSpan) = Is64Bit ? (1ul << (canonicalBits - 1), (1ul << canonicalBits) - 1) : (0, CodeLimit);
        LeaveBlock();
    }

    private AccessMode DataAccessMode()
    {
        bool ac = (SystemFlags & Eflags.AC) != 0;
        if (CurrentPrivilegeLevel == 3) return ac && (ControlRegister0 & Cr0.AM) != 0 ? AccessMode.UserAligned : AccessMode.User;
        return ac ? AccessMode.SupervisorOverride : AccessMode.Supervisor;
    }

    /// <summary>Derives what depends on SS and the other data segments. In 64-bit mode nothing does.</summary>
    private void DataSegmentsChanged()
    {
        StackMask = Is64Bit ? ulong.MaxValue : _segments[(int)SegmentName.Ss].Big ? uint.MaxValue : ushort.MaxValue;
        SegmentChecks = !Is64Bit && _limitedSegments != 0;
    }

    /// <summary>Whether no access through a register can fail: all of 4 GiB, to be read and, but for CS, to be written.</summary>
    private static bool IsFlat(SegmentName name, in SegmentRegister segment) =>
        segment is { Limit: uint.MaxValue, Unusable: false, Present: true, ExpandsDown: false, Readable: true }
        && (segment.Writable || name == SegmentName.Cs && segment.IsCode);
}
