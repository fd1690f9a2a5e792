namespace Vector20.Machine.Vmx.Ept;

/// <summary>What becomes of an EPT violation.</summary>
public enum ViolationOutcome : byte
{
    /// <summary>A VM exit with reason 48.</summary>
    Exit,

    /// <summary>#VE, vector 20.</summary>
    VirtualizationException,
}

/// <summary>Everything that decides what becomes of an EPT violation.</summary>
/// <param name="EptViolationVe">The VM-execution control "EPT-violation #VE", secondary bit 18.</param>
/// <param name="SuppressVe">Bit 63 of the entry that decides: the not-present one met in the walk, or the one that maps the page.</param>
/// <param name="ProtectionEnabled">CR0.PE.</param>
/// <param name="Delivering">An event is being delivered through the IDT.</param>
/// <param name="Busy">The 32 bits at offset 4 of the information area.</param>
/// <param name="AccessedAndDirty">EPTP bit 6. It decides nothing but under <see cref="HardwareFaults.VeWhenAdOff"/>.</param>
public readonly record struct ViolationConditions(
    bool EptViolationVe, bool SuppressVe, bool ProtectionEnabled, bool Delivering, uint Busy, bool AccessedAndDirty);

/// <summary>Whether an EPT violation becomes a virtualization exception.</summary>
[Manual("3C", "26.5.7.1", "Convertible EPT Violations")]
public static class ConvertibleViolations
{
    /// <summary>Whether the violation is convertible: the control is 1 and the deciding entry does not suppress #VE.</summary>
    public static bool IsConvertible(in ViolationConditions conditions, HardwareFaults faults = HardwareFaults.None)
    {
        if (!conditions.EptViolationVe) return false;
        if (!conditions.SuppressVe || Has(faults, HardwareFaults.VeIgnoresSuppress)) return true;
        return Has(faults, HardwareFaults.VeWhenAdOff) && !conditions.AccessedAndDirty;
    }

    /// <summary>What becomes of the violation.</summary>
    public static ViolationOutcome Decide(in ViolationConditions conditions, HardwareFaults faults = HardwareFaults.None)
    {
        if (!IsConvertible(conditions, faults) || !conditions.ProtectionEnabled) return ViolationOutcome.Exit;
        if (conditions.Delivering && !Has(faults, HardwareFaults.VeDuringDelivery)) return ViolationOutcome.Exit;
        if (conditions.Busy != 0 && !Has(faults, HardwareFaults.VeIgnoresBusy)) return ViolationOutcome.Exit;
        return ViolationOutcome.VirtualizationException;
    }

    private static bool Has(HardwareFaults faults, HardwareFaults one) => (faults & one) != 0;
}
