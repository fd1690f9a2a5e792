using System.Runtime.CompilerServices;
using Vector20.Machine.Events;
using Vector20.Machine.Memory;

namespace Vector20.Machine.Processors.Segmentation;

/// <summary>The checks that far transfers of every kind make of a code segment, and loading CS. False when a fault is raised.</summary>
[Manual("3A", "5.8", "Privilege Level Checking When Transferring Program Control Between Code Segments")]
internal static class CodeSegment
{
    /// <summary>Direct far JMP and CALL: the descriptor has been read and is a code segment's.</summary>
    [Manual("3A", "5.8.1", "Direct Calls or Jumps to Code Segments")]
    public static bool CheckDirect(Processor p, Selector selector, in Descriptor descriptor)
    {
        bool allowed = descriptor.IsConforming ? descriptor.Dpl <= p.Cpl : selector.Rpl <= p.Cpl && descriptor.Dpl == p.Cpl;
        if (!descriptor.IsCode || !allowed || p.LongMode && descriptor.Long && descriptor.Big)
            return p.Refuse(ExceptionVector.GeneralProtection, selector.ErrorCode);
        return descriptor.Present || p.Refuse(ExceptionVector.SegmentNotPresent, selector.ErrorCode);
    }

    /// <summary>The target of a call, interrupt or trap gate: code, not less privileged than the CPL; 64-bit code in IA-32e mode.</summary>
    /// <param name="p">The processor.</param>
    /// <param name="selector">The gate's selector.</param>
    /// <param name="external">EXT, or'ed to every error code.</param>
    /// <param name="descriptor">The code segment.</param>
    [Manual("3A", "5.8.4", "Accessing a Code Segment Through a Call Gate")]
    [Manual("3A", "6.12.1", "Exception- or Interrupt-Handler Procedures")]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool FetchForGate(Processor p, Selector selector, uint external, out Descriptor descriptor)
    {
        descriptor = default;
        if (selector.IsNull) return p.Refuse(ExceptionVector.GeneralProtection, external);
        if (!DescriptorTables.Fetch(p, selector, out descriptor, external: external)) return false;
        bool width = !p.LongMode || descriptor.Long && !descriptor.Big;
        if (!descriptor.IsCode || descriptor.Dpl > p.Cpl || !width) return p.Refuse(ExceptionVector.GeneralProtection, selector.ErrorCode | external);
        return descriptor.Present || p.Refuse(ExceptionVector.SegmentNotPresent, selector.ErrorCode | external);
    }

    /// <summary>The target of a far RET or IRET: the new privilege level is the selector's RPL, the same or an outer one.</summary>
    [Manual("3A", "5.8.6", "Returning from a Called Procedure")]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool FetchForReturn(Processor p, Selector selector, out Descriptor descriptor)
    {
        descriptor = default;
        if (selector.IsNull) return p.Refuse(ExceptionVector.GeneralProtection, 0);
        if (!DescriptorTables.Fetch(p, selector, out descriptor)) return false;
        bool allowed = descriptor.IsConforming ? descriptor.Dpl <= selector.Rpl : descriptor.Dpl == selector.Rpl;
        bool width = !p.LongMode || !descriptor.Long || !descriptor.Big;
        if (!descriptor.IsCode || selector.Rpl < p.Cpl || !allowed || !width) return p.Refuse(ExceptionVector.GeneralProtection, selector.ErrorCode);
        return descriptor.Present || p.Refuse(ExceptionVector.SegmentNotPresent, selector.ErrorCode);
    }

    /// <summary>Whether an instruction pointer is inside the code segment (#GP(EXT) if not): canonical in 64-bit code, within the limit in other code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool CheckTarget(Processor p, in Descriptor code, ulong target, uint external = 0)
    {
        bool inside = p.LongMode && code.Long ? Canonical.Is(p, target) : target <= code.Limit;
        return inside || p.Refuse(ExceptionVector.GeneralProtection, external);
    }

    /// <summary>Loads CS and CPL: everything has been checked. The accessed bit has been set by <see cref="DescriptorTables.MarkAccessed"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Commit(Processor p, Selector selector, in Descriptor descriptor, int cpl)
    {
        p.CurrentPrivilegeLevel = (byte)cpl;
        p.LoadSegment(SegmentName.Cs, selector.WithRpl(cpl), descriptor);
    }

    /// <summary>Loads CS as real-address or virtual-8086 mode does.</summary>
    public static void CommitReal(Processor p, ushort selector) => p.SetSegment(SegmentName.Cs, SegmentLoading.InRealMode(p, SegmentName.Cs, selector));
}
