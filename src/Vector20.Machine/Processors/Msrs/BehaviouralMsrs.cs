using Vector20.Machine.Memory;
using Vector20.Machine.Processors.Models;

namespace Vector20.Machine.Processors.Msrs;

/// <summary>The MSRs whose value lives elsewhere, or whose write does something.</summary>
[Manual("4", "2.1", "Architectural MSRs")]
internal static class BehaviouralMsrs
{
    /// <summary>Whether an MSR is one of these.</summary>
    public static bool IsBehavioural(Msr msr) => msr is Msr.TimeStampCounter or Msr.TscAdjust or Msr.ApicBase or Msr.TscDeadline
        or Msr.Efer or Msr.FsBase or Msr.GsBase;

    /// <summary>Whether the model has it.</summary>
    public static bool Exists(CpuModel model, Msr msr) => msr switch
    {
        Msr.TimeStampCounter => model.Has(CpuFeature.Tsc),
        Msr.TscAdjust => model.Has(CpuFeature.TscAdjust),
        Msr.ApicBase => model.Has(CpuFeature.Apic),
        Msr.TscDeadline => model.Has(CpuFeature.TscDeadline),
        Msr.Efer => model.ExtendedFeatureBits != 0,
        _ => model.Has(CpuFeature.LongMode),
    };

    /// <summary>Reads one. False: it is none of these.</summary>
    public static bool Read(Processor p, Msr msr, out ulong value)
    {
        value = msr switch
        {
            Msr.TimeStampCounter => GuestTimeStamp.Read(p),
            Msr.TscAdjust => p.TimeStampOffset,
            Msr.ApicBase => p.Apic.BaseAddressRegister,
            Msr.TscDeadline => p.Apic.TscDeadline,
            Msr.Efer => p.ExtendedFeatures,
            Msr.FsBase => p.Segment(SegmentName.Fs).Base,
            Msr.GsBase => p.Segment(SegmentName.Gs).Base,
            _ => 0,
        };
        return IsBehavioural(msr);
    }

    /// <summary>Writes one. False: #GP(0).</summary>
    public static bool Write(Processor p, Msr msr, ulong value)
    {
        switch (msr)
        {
            case Msr.TimeStampCounter:
                return SetTimeStampOffset(p, value - p.Now);
            case Msr.TscAdjust:
                return SetTimeStampOffset(p, value);
            case Msr.ApicBase:
                return WriteApicBase(p, value);
            case Msr.TscDeadline:
                p.Apic.TscDeadline = value;
                return true;
            case Msr.Efer:
                return WriteExtendedFeatures(p, value);
            default:
                return WriteBase(p, msr == Msr.FsBase ? SegmentName.Fs : SegmentName.Gs, value);
        }
    }

    /// <summary>The register page may lie over RAM that the TLB knows as RAM.</summary>
    [Manual("3A", "11.4.5", "Relocating the Local APIC Registers")]
    private static bool WriteApicBase(Processor p, ulong value)
    {
        if (!p.Apic.WriteBaseAddressRegister(value)) return false;
        p.FlushEverything();
        return true;
    }

    /// <summary>The counter is the time plus the adjustment, so writing either moves both.</summary>
    [Manual("3B", "18.17.3", "Time-Stamp Counter Adjustment")]
    private static bool SetTimeStampOffset(Processor p, ulong offset)
    {
        p.TimeStampOffset = offset;
        if (p.Model.Has(CpuFeature.TscDeadline)) p.Apic.TscDeadline = p.Apic.TscDeadline;
        return true;
    }

    /// <summary>LMA cannot be written; LME cannot be changed while paging is on.</summary>
    [Manual("3A", "2.2.1", "Extended Feature Enable Register")]
    private static bool WriteExtendedFeatures(Processor p, ulong value)
    {
        if ((value & ~p.Model.ExtendedFeatureBits) != 0) return false;
        ulong changed = (value ^ p.ExtendedFeatures) & ~Efer.LMA;
        if ((changed & Efer.LME) != 0 && (p.ControlRegister0 & Cr0.PG) != 0) return false;
        p.ExtendedFeatures = value & ~Efer.LMA | p.ExtendedFeatures & Efer.LMA;
        p.FlushTlb();
        return true;
    }

    private static bool WriteBase(Processor p, SegmentName name, ulong value)
    {
        if (!Canonical.Is(p, value)) return false;
        p.SetSegment(name, p.Segment(name) with { Base = value });
        return true;
    }
}
