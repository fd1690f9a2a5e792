using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>INVLPG, INVPCID, INVD, WBINVD, WBNOINVD. There are no caches of memory, so the last three only check.</summary>
[Manual("3A", "4.10.4.1", "Operations that Invalidate TLBs and Paging-Structure Caches")]
internal static unsafe class TranslationInvalidation
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Invlpg => &InvalidatePage,
        Mnemonic.Invpcid => &InvalidateProcessContext,
        Mnemonic.Invd => &InvalidateCaches,
        Mnemonic.Wbinvd or Mnemonic.Wbnoinvd => &WriteBackCaches,
        _ => null,
    };

    /// <summary>INVPCID's types.</summary>
    private enum Invalidation : ulong
    {
        /// <summary>One address of one PCID.</summary>
        Address = 0,

        /// <summary>All of one PCID but global translations.</summary>
        SingleContext = 1,

        /// <summary>All of every PCID, global translations too.</summary>
        AllWithGlobal = 2,

        /// <summary>All of every PCID but global translations.</summary>
        All = 3,
    }

    [Manual("2A", "3.3", "INVLPG—Invalidate TLB Entries")]
    private static Outcome InvalidatePage(Processor p, in Operation op)
    {
        if (!Privilege.RequireZero(p)) return Outcome.Stop;
        ulong linear = p.Linear(op.Segment, p.EffectiveAddress(op));
        if (p.Vmx.NonRoot && Intercepts.Invlpg(p, op, linear)) return Outcome.Stop;
        if (!p.Is64Bit || Canonical.Is(p, linear)) p.FlushTlbPage(linear);
        return Outcome.Leave;
    }

    /// <summary>The software TLB does not tell PCIDs apart: whatever the type, everything is forgotten.</summary>
    [Manual("2A", "3.3", "INVPCID—Invalidate Process-Context Identifier")]
    private static Outcome InvalidateProcessContext(Processor p, in Operation op)
    {
        if (p.Vmx.Withholds(SecondaryControls.EnableInvpcid)) return p.Fault(ExceptionVector.InvalidOpcode);
        if (!Privilege.RequireZero(p)) return Outcome.Stop;
        if (p.Vmx.NonRoot && Intercepts.Invpcid(p, op)) return Outcome.Stop;
        ulong address = p.EffectiveAddress(op);
        if (!p.Read(op.Segment, address, out ulong pcid) || !p.Read(op.Segment, address + 8, out ulong linear)) return Outcome.Stop;
        ulong type = p.Is64Bit ? p.Get<ulong>(op.Destination) : p.Get<uint>(op.Destination);
        if (!IsValid(p, (Invalidation)type, pcid, linear)) return p.Fault(ExceptionVector.GeneralProtection, 0);
        p.FlushTlb();
        return Outcome.Leave;
    }

    private static bool IsValid(Processor p, Invalidation type, ulong pcid, ulong linear)
    {
        if (type > Invalidation.All || pcid > 0xFFF) return false;
        if (type == Invalidation.Address && !Canonical.Is(p, linear)) return false;
        return type > Invalidation.SingleContext || pcid == 0 || (p.ControlRegister4 & Cr4.PCIDE) != 0;
    }

    [Manual("2A", "3.3", "INVD—Invalidate Internal Caches")]
    private static Outcome InvalidateCaches(Processor p, in Operation op)
    {
        if (!Privilege.RequireZero(p)) return Outcome.Stop;
        return p.Vmx.NonRoot && Intercepts.Invd(p, op) ? Outcome.Stop : Outcome.Continue;
    }

    [Manual("2D", "6.1", "WBINVD—Write Back and Invalidate Cache")]
    private static Outcome WriteBackCaches(Processor p, in Operation op)
    {
        if (!Privilege.RequireZero(p)) return Outcome.Stop;
        return p.Vmx.NonRoot && Intercepts.Wbinvd(p, op) ? Outcome.Stop : Outcome.Continue;
    }
}
