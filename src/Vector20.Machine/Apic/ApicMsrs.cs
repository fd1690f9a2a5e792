namespace Vector20.Machine.Apic;

/// <summary>
/// The registers as MSRs 800H-8FFH, in x2APIC mode. Where memory-mapped accesses are lenient these are #GP(0): a register that
/// is not there, a read of a write-only one, a write of a read-only one, a reserved bit, a value other than 0 where only 0 may be written.
/// </summary>
[Manual("3A", "11.12.1.2", "x2APIC Register Address Space")]
[Manual("3A", "11.12.1.3", "Reserved Bit Checking")]
internal static class ApicMsrs
{
    private const uint First = 0x800;

    public static bool Read(LocalApic apic, uint msr, out ulong value)
    {
        value = 0;
        if (apic.Mode != ApicMode.X2Apic) return false;
        ApicRegister register = RegisterOf(msr);
        if (register == ApicRegister.InterruptCommandLow) value = apic.State.InterruptCommand;
        else if (IsReadable(register)) value = ApicRegisters.Read(apic, register);
        else return false;
        return true;
    }

    public static bool Write(LocalApic apic, uint msr, ulong value)
    {
        if (apic.Mode != ApicMode.X2Apic) return false;
        ApicRegister register = RegisterOf(msr);
        if ((value & ~WritableBits(register)) != 0) return false;
        if (!IsWritable(register)) return false;
        switch (register)
        {
            case ApicRegister.InterruptCommandLow:
                InterruptSending.WriteCommand(apic, value & ~InterruptCommand.DeliveryStatus);
                break;
            case ApicRegister.SelfIpi:
                InterruptSending.SelfIpi(apic, (byte)value);
                break;
            default:
                ApicRegisters.Write(apic, register, (uint)value);
                break;
        }

        return true;
    }

    private static ApicRegister RegisterOf(uint msr) => (ApicRegister)((msr - First) << 4);

    private static bool IsReadable(ApicRegister register) => register switch
    {
        ApicRegister.EndOfInterrupt or ApicRegister.SelfIpi => false,
        ApicRegister.ArbitrationPriority or ApicRegister.RemoteRead or ApicRegister.DestinationFormat => false,
        ApicRegister.InterruptCommandHigh => false,
        _ => (int)register < 0x1000 && ApicPage.Exists((int)register),
    };

    private static bool IsWritable(ApicRegister register) => register switch
    {
        ApicRegister.TaskPriority or ApicRegister.EndOfInterrupt or ApicRegister.SpuriousInterruptVector or ApicRegister.ErrorStatus => true,
        ApicRegister.InterruptCommandLow or ApicRegister.SelfIpi => true,
        ApicRegister.InitialCount or ApicRegister.DivideConfiguration => true,
        _ => ApicRegisters.IsLvt(register, out _),
    };

    /// <summary>The bits that may be 1 in a write. The read-only bits of LVT entries are ignored, as in memory.</summary>
    private static ulong WritableBits(ApicRegister register)
    {
        if (ApicRegisters.IsLvt(register, out LocalVectorEntry entry))
        {
            uint status = entry is LocalVectorEntry.Lint0 or LocalVectorEntry.Lint1 ? LocalVector.DeliveryStatus | LocalVector.RemoteIrr : LocalVector.DeliveryStatus;
            return LocalVector.Writable(entry) | status;
        }

        return register switch
        {
            ApicRegister.TaskPriority or ApicRegister.SelfIpi => 0xFF,
            ApicRegister.SpuriousInterruptVector => SpuriousVector.Writable,
            ApicRegister.InterruptCommandLow => ~InterruptCommand.ReservedInX2Apic,
            ApicRegister.InitialCount => uint.MaxValue,
            ApicRegister.DivideConfiguration => ApicTimer.DivideBits,
            _ => 0,
        };
    }
}
