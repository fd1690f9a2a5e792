using Vector20.Machine.Apic;
using Vector20.Machine.Memory;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Msrs;

/// <summary>
/// Reads and writes MSRs, for RDMSR and WRMSR and for whatever else accesses them by address. False: #GP(0), which the
/// caller raises.
/// </summary>
[Manual("2B", "4.3", "RDMSR—Read From Model Specific Register")]
[Manual("2D", "6.1", "WRMSR—Write to Model Specific Register")]
internal static class MsrAccess
{
    /// <summary>Reads an MSR.</summary>
    public static bool Read(Processor p, uint index, out ulong value)
    {
        if (LocalApic.IsApicMsr(index)) return p.Apic.ReadMsr(index, out value);
        if (index is >= VmxCapabilityMsrs.First and <= VmxCapabilityMsrs.Last) return VmxCapabilityMsrs.Read(p.Model, index, out value);
        if (!BehaviouralMsrs.Read(p, (Msr)index, out value)) return ReadStorage(p, index, out value);
        return BehaviouralMsrs.Exists(p.Model, (Msr)index);
    }

    /// <summary>Writes an MSR.</summary>
    public static bool Write(Processor p, uint index, ulong value)
    {
        if (LocalApic.IsApicMsr(index)) return p.Apic.WriteMsr(index, value);
        if (!BehaviouralMsrs.IsBehavioural((Msr)index)) return WriteStorage(p, index, value);
        return BehaviouralMsrs.Exists(p.Model, (Msr)index) && BehaviouralMsrs.Write(p, (Msr)index, value);
    }

    private static bool ReadStorage(Processor p, uint index, out ulong value)
    {
        value = 0;
        if (!p.Model.Msrs.TryFind(index, out int slot)) return false;
        if (p.Model.Msrs.Definitions[slot].Rule == MsrRule.WriteOnly) return false;
        value = p.Msrs.Values[slot];
        return true;
    }

    private static bool WriteStorage(Processor p, uint index, ulong value)
    {
        if (!p.Model.Msrs.TryFind(index, out int slot)) return false;
        MsrDefinition definition = p.Model.Msrs.Definitions[slot];
        if ((value & ~definition.Writable) != 0 || !Allows(p, definition.Rule, p.Msrs.Values[slot], value)) return false;
        if (definition.Rule != MsrRule.WriteOnly) p.Msrs.Set(slot, value);
        return true;
    }

    private static bool Allows(Processor p, MsrRule rule, ulong current, ulong value) => rule switch
    {
        MsrRule.ReadOnly => false,
        MsrRule.Canonical => Canonical.Is(p, value),
        MsrRule.PatTypes => MemoryTypes.AreAll(value, MemoryTypes.InPat),
        MsrRule.MtrrTypes => MemoryTypes.AreAll(value, MemoryTypes.InMtrr),
        MsrRule.MtrrType => MemoryTypes.Is((byte)value, MemoryTypes.InMtrr),
        MsrRule.Lockable => (current & FeatureControl.Lock) == 0,
        _ => true,
    };
}
