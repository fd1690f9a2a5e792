using Vector20.Machine.Apic;

namespace Vector20.Machine.Vmx;

/// <summary>
/// Which accesses to the APIC-access page are virtualized, by their page offset. Without "APIC-register virtualization" it is the offset of a
/// register itself, with it any within a register's low 4 bytes.
/// </summary>
[Manual("3C", "30.4", "Virtualizing Memory-Mapped APIC Accesses")]
internal static class VirtualizedRegisters
{
    /// <summary>Whether a read is virtualized under the TPR shadow: of the TPR, with "virtual-interrupt delivery" of EOI and ICR too, with "APIC-register virtualization" of most.</summary>
    [Manual("3C", "30.4.2", "Virtualizing Reads from the APIC-Access Page")]
    public static bool Readable(SecondaryControls controls, uint offset)
    {
        var register = (ApicRegister)offset;
        if ((controls & SecondaryControls.ApicRegisterVirtualization) == 0) return register == ApicRegister.TaskPriority || Delivers(controls, register);
        register = (ApicRegister)(offset & 0xFF0);
        return register is ApicRegister.Version or (>= ApicRegister.InService and <= ApicRegister.ErrorStatus) || Written(register);
    }

    /// <summary>Whether a write is virtualized: of the TPR, with "virtual-interrupt delivery" of EOI and ICR too, with "IPI virtualization" of ICR, with "APIC-register virtualization" of all these.</summary>
    [Manual("3C", "30.4.3.1", "Determining Whether a Write Access is Virtualized")]
    public static bool Writable(SecondaryControls controls, TertiaryControls tertiary, uint offset)
    {
        var register = (ApicRegister)offset;
        if ((controls & SecondaryControls.ApicRegisterVirtualization) != 0) return Written((ApicRegister)(offset & 0xFF0));
        bool sends = register == ApicRegister.InterruptCommandLow && (tertiary & TertiaryControls.IpiVirtualization) != 0;
        return sends || register == ApicRegister.TaskPriority || Delivers(controls, register);
    }

    private static bool Delivers(SecondaryControls controls, ApicRegister register) =>
        (controls & SecondaryControls.VirtualInterruptDelivery) != 0 && (register is ApicRegister.EndOfInterrupt or ApicRegister.InterruptCommandLow);

    private static bool Written(ApicRegister register) => register is ApicRegister.Id or ApicRegister.TaskPriority or ApicRegister.EndOfInterrupt
        or ApicRegister.LogicalDestination or ApicRegister.DestinationFormat or ApicRegister.SpuriousInterruptVector or ApicRegister.ErrorStatus
        or ApicRegister.InterruptCommandLow or ApicRegister.InterruptCommandHigh or (>= ApicRegister.LvtTimer and <= ApicRegister.LvtError)
        or ApicRegister.InitialCount or ApicRegister.DivideConfiguration;
}
