using Vector20.Machine;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor.Exits;

/// <summary>MOV to CR0, CR4 and CR8, CLTS and LMSW: the bits that the hypervisor owns.</summary>
[Manual("3C", "28.2.1", "Basic VM-Exit Information")]
internal static class ControlRegisterExits
{
    private const int MovTo = 0, MovFrom = 1, Clts = 2;

    public static void Handle(Vcpu v)
    {
        ulong qualification = v.Vmcs[VmcsField.ExitQualification];
        int number = (int)qualification & 15, kind = (int)(qualification >> 4) & 3, register = (int)(qualification >> 8) & 15;
        bool done = kind switch
        {
            MovTo => Write(v, number, GuestInstruction.Read(v, register)),
            MovFrom => Read(v, register),
            Clts => GuestControlRegisters.WriteCr0(v, GuestControlRegisters.Cr0(v) & ~Cr0.TS),
            _ => LoadMachineStatusWord(v, (uint)(qualification >> 16) & 0xFFFF),
        };
        if (done) GuestInstruction.Complete(v);
        else GuestInstruction.GeneralProtection(v);
    }

    private static bool Write(Vcpu v, int number, ulong value) => number switch
    {
        0 => GuestControlRegisters.WriteCr0(v, value),
        4 => GuestControlRegisters.WriteCr4(v, value),
        _ => WriteTaskPriority(v, value),
    };

    private static bool WriteTaskPriority(Vcpu v, ulong value)
    {
        if (value > 15) return false;
        if (v.Apic is { } apic) apic.ControlRegister8 = (byte)value;
        return true;
    }

    private static bool Read(Vcpu v, int register)
    {
        GuestInstruction.Write(v, register, v.Apic?.ControlRegister8 ?? 0);
        return true;
    }

    /// <summary>LMSW writes the low four bits, and cannot clear PE.</summary>
    [Manual("2A", "3.3", "LMSW - Load Machine Status Word")]
    private static bool LoadMachineStatusWord(Vcpu v, uint word)
    {
        ulong old = GuestControlRegisters.Cr0(v);
        return GuestControlRegisters.WriteCr0(v, old & ~0xEul | word & 0xF);
    }
}
