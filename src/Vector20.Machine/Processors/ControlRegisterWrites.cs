using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors;

/// <summary>What writing CR0, CR3 and CR4 checks and changes, whichever instruction writes. False when a fault is raised; nothing has changed then.</summary>
[Manual("2B", "4.3", "MOV—Move to/from Control Registers")]
internal static class ControlRegisterWrites
{
    private const ulong NoFlush = 1ul << 63;

    /// <summary>Writes CR0. Reserved bits below 32 are ignored; ET is always 1.</summary>
    public static bool WriteCr0(Processor p, ulong value)
    {
        if (value > uint.MaxValue) return Refuse(p);
        value = value & Cr0.Defined | Cr0.ET;
        ulong changed = value ^ p.ControlRegister0;
        if ((value & (Cr0.PG | Cr0.PE)) == Cr0.PG || (value & (Cr0.NW | Cr0.CD)) == Cr0.NW || !FixedBits.AllowCr0(p, value)) return Refuse(p);
        if ((value & Cr0.WP) == 0 && (p.ControlRegister4 & Cr4.CET) != 0) return Refuse(p);
        ulong features = p.ExtendedFeatures;
        if ((changed & Cr0.PG) != 0)
        {
            if (!MayChangePaging(p, (value & Cr0.PG) != 0)) return Refuse(p);
            bool enters = (value & Cr0.PG) != 0 && (features & Efer.LME) != 0;
            features = enters ? features | Efer.LMA : features & ~Efer.LMA;
        }

        bool reloads = (changed & (Cr0.CD | Cr0.NW | Cr0.PG)) != 0 && UsesPae(value, p.ControlRegister4, features);
        if (reloads && !PaePdptes.Load(p, p.ControlRegister3)) return false;
        p.ControlRegister0 = value;
        p.ExtendedFeatures = features;
        if ((changed & (Cr0.PG | Cr0.PE | Cr0.WP)) != 0) p.FlushTlb();
        p.ContextChanged();
        return true;
    }

    /// <summary>Writes CR3. Bit 63 (do not flush) is not stored; the software TLB is flushed all the same.</summary>
    [Manual("3A", "4.10.4.1", "Operations that Invalidate TLBs and Paging-Structure Caches")]
    public static bool WriteCr3(Processor p, ulong value)
    {
        if ((p.ControlRegister4 & Cr4.PCIDE) != 0) value &= ~NoFlush;
        if (value >> p.Model.PhysicalAddressBits != 0) return Refuse(p);
        if (UsesPae(p.ControlRegister0, p.ControlRegister4, p.ExtendedFeatures) && !PaePdptes.Load(p, value)) return false;
        p.ControlRegister3 = value;
        p.FlushTlb();
        return true;
    }

    /// <summary>Writes CR4.</summary>
    public static bool WriteCr4(Processor p, ulong value)
    {
        ulong changed = value ^ p.ControlRegister4;
        if ((value & ~p.Model.Cr4Bits) != 0 || !FixedBits.AllowCr4(p, value) || !MayChangeInLongMode(p, value, changed)) return Refuse(p);
        bool setsPcid = (changed & value & Cr4.PCIDE) != 0;
        if (setsPcid && (!p.LongMode || (p.ControlRegister3 & 0xFFF) != 0)) return Refuse(p);
        if ((value & Cr4.CET) != 0 && (p.ControlRegister0 & Cr0.WP) == 0) return Refuse(p);
        bool reloads = (changed & (Cr4.PAE | Cr4.PGE | Cr4.PSE | Cr4.SMEP)) != 0 && UsesPae(p.ControlRegister0, value, p.ExtendedFeatures);
        if (reloads && !PaePdptes.Load(p, p.ControlRegister3)) return false;
        p.ControlRegister4 = value;
        p.FlushTlb();
        return true;
    }

    /// <summary>Whether PAE paging is in use with these values.</summary>
    [Manual("3A", "4.1.1", "Four Paging Modes")]
    public static bool UsesPae(ulong cr0, ulong cr4, ulong efer) => (cr0 & Cr0.PG) != 0 && (cr4 & Cr4.PAE) != 0 && (efer & Efer.LMA) == 0;

    /// <summary>
    /// Entering IA-32e mode needs PAE, no 64-bit code segment and no 16-bit TSS; it is not left from 64-bit mode, nor is
    /// paging turned off while PCIDs are on.
    /// </summary>
    [Manual("3A", "10.8.5", "Initializing IA-32e Mode")]
    private static bool MayChangePaging(Processor p, bool on)
    {
        if (!on) return !p.Is64Bit && (p.ControlRegister4 & Cr4.PCIDE) == 0;
        if ((p.ExtendedFeatures & Efer.LME) == 0) return true;
        return (p.ControlRegister4 & Cr4.PAE) != 0 && !p.Segment(SegmentName.Cs).Long && (p.Tr.Type & 8) != 0;
    }

    private static bool MayChangeInLongMode(Processor p, ulong value, ulong changed) =>
        !p.LongMode || (value & Cr4.PAE) != 0 && (changed & Cr4.LA57) == 0;

    private static bool Refuse(Processor p) => p.Refuse(ExceptionVector.GeneralProtection, 0);
}
