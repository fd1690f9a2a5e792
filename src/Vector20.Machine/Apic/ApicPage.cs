namespace Vector20.Machine.Apic;

/// <summary>
/// The registers as memory, in xAPIC mode. Each is in the first 4 of 16 bytes. What the manual leaves undefined is done so: a
/// read inside those 4 bytes gives them, bytes 4-15 read 0; a write is performed only if it is of 32 bits at the register's
/// address, or of 64 bits there, whose upper half is dropped.
/// </summary>
[Manual("3A", "11.4.1", "The Local APIC Block Diagram")]
internal static class ApicPage
{
    public static ulong Read(LocalApic apic, int offset, int size)
    {
        int within = offset & 15;
        if (within >= 4) return 0;
        uint value = 0;
        if (!Exists(offset)) ErrorReporting.Detect(apic, ErrorStatus.IllegalRegisterAddress);
        else value = ApicRegisters.Read(apic, (ApicRegister)(offset & ~15));
        ulong wide = (ulong)value >> (8 * within);
        return size >= 8 ? wide : wide & (1ul << (8 * size)) - 1;
    }

    public static void Write(LocalApic apic, int offset, int size, ulong value)
    {
        if ((offset & 15) != 0 || size < 4) return;
        if (!Exists(offset))
        {
            ErrorReporting.Detect(apic, ErrorStatus.IllegalRegisterAddress);
            return;
        }

        var register = (ApicRegister)offset;
        if (register == ApicRegister.InterruptCommandLow) InterruptSending.WriteCommand(apic, apic.State.InterruptCommand & ~(ulong)uint.MaxValue | (uint)value);
        else ApicRegisters.Write(apic, register, (uint)value);
    }

    /// <summary>Whether there is a register in the 16 bytes at an offset; otherwise the address is reserved.</summary>
    [Manual("3A", "11.4.1", "The Local APIC Block Diagram")]
    public static bool Exists(int offset) => (offset & 0xFF0) switch
    {
        0x020 or 0x030 => true,
        >= 0x080 and <= 0x0F0 => true,
        >= 0x100 and <= 0x280 => true,
        >= 0x2F0 and <= 0x390 => true,
        0x3E0 => true,
        _ => false,
    };
}
