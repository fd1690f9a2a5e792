using Vector20.Machine;
using Vector20.Machine.Events;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor.Exits;

/// <summary>Ending an instruction that exited: as completed, or with an exception.</summary>
internal static class GuestInstruction
{
    private const ulong Shadow = (ulong)(InterruptibilityState.BlockingBySti | InterruptibilityState.BlockingByMovSs);

    /// <summary>The instruction is done: RIP moves past it, its shadow ends, a single step traps after it.</summary>
    [Manual("3C", "28.2.5", "Information for VM Exits Due to Instruction Execution")]
    public static void Complete(Vcpu v)
    {
        Vmcs vmcs = v.Vmcs;
        ulong next = vmcs[VmcsField.GuestRip] + vmcs[VmcsField.VmExitInstructionLength];
        vmcs[VmcsField.GuestRip] = GuestControlRegisters.Is64Bit(v) ? next : (uint)next;
        EndShadow(v);
        vmcs[VmcsField.GuestRflags] &= ~(ulong)Eflags.RF;
        if ((vmcs[VmcsField.GuestRflags] & Eflags.TF) != 0) vmcs[VmcsField.GuestPendingDebugExceptions] |= Dr6.BS;
    }

    /// <summary>STI or MOV SS blocks no longer.</summary>
    public static void EndShadow(Vcpu v) => v.Vmcs[VmcsField.GuestInterruptibilityState] &= ~Shadow;

    /// <summary>#GP(0).</summary>
    public static void GeneralProtection(Vcpu v) => Apic.Injection.Queue(v, Event.Exception(ExceptionVector.GeneralProtection, 0));

    /// <summary>#UD.</summary>
    public static void InvalidOpcode(Vcpu v) => Apic.Injection.Queue(v, Event.Exception(ExceptionVector.InvalidOpcode));

    /// <summary>CPL.</summary>
    public static int Cpl(Vcpu v) => (int)v.Vmcs[VmcsField.GuestSsAccessRights] >> 5 & 3;

    /// <summary>A general register as a 64-bit or, outside 64-bit mode, a 32-bit operand. RSP is in the VMCS.</summary>
    public static ulong Read(Vcpu v, int register)
    {
        ulong value = register == 4 ? v.Vmcs[VmcsField.GuestRsp] : v.Processor[register];
        return GuestControlRegisters.Is64Bit(v) ? value : (uint)value;
    }

    /// <summary>Writes a general register, as <see cref="Read"/>.</summary>
    public static void Write(Vcpu v, int register, ulong value)
    {
        if (!GuestControlRegisters.Is64Bit(v)) value = (uint)value;
        if (register == 4) v.Vmcs[VmcsField.GuestRsp] = value;
        else v.Processor[register] = value;
    }

    /// <summary>EDX:EAX.</summary>
    public static ulong Pair(Vcpu v) => v.Processor[2] << 32 | (uint)v.Processor[0];

    /// <summary>Writes EDX:EAX.</summary>
    public static void SetPair(Vcpu v, ulong value)
    {
        v.Processor[0] = (uint)value;
        v.Processor[2] = value >> 32;
    }
}
