using Iced.Intel;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Bench;

/// <summary>The least hypervisor in machine code: its guest executes CPUID, and it steps over each and resumes, until the guest's VMCALL.</summary>
internal static class MachineHost
{
    private const ulong VmxonRegion = 0x20_0000, VmcsRegion = 0x20_1000, Operand = 0x20_2000, Flat = 0xFFFF_FFFF;
    private const uint Code = 0xA09B, Data = 0xC093, BusyTask = 0x8B, Unusable = 1 << 16;

    /// <summary>The controls: the MSR whose low half says what must be 1, and what else is.</summary>
    private static readonly (VmcsField Field, uint Msr, uint Bits)[] s_controls =
    [
        (VmcsField.PinBasedControls, 0x48D, 0), (VmcsField.ProcessorBasedControls, 0x48E, 0),
        (VmcsField.VmExitControls, 0x48F, 1 << 9), (VmcsField.VmEntryControls, 0x490, 1 << 9),
    ];

    /// <summary>The fields that are not 0 and not a register of the host's.</summary>
    private static readonly (VmcsField Field, ulong Value)[] s_fields =
    [
        (VmcsField.VmcsLinkPointer, ulong.MaxValue), (VmcsField.GuestRflags, 2), (VmcsField.GuestRsp, BootImage.StackTop - 0x1000),
        (VmcsField.GuestCsSelector, 8), (VmcsField.GuestCsLimit, Flat), (VmcsField.GuestCsAccessRights, Code),
        (VmcsField.GuestSsSelector, 16), (VmcsField.GuestSsLimit, Flat), (VmcsField.GuestSsAccessRights, Data),
        (VmcsField.GuestDsAccessRights, Unusable), (VmcsField.GuestEsAccessRights, Unusable), (VmcsField.GuestFsAccessRights, Unusable),
        (VmcsField.GuestGsAccessRights, Unusable), (VmcsField.GuestLdtrAccessRights, Unusable),
        (VmcsField.GuestTrLimit, 0x67), (VmcsField.GuestTrAccessRights, BusyTask),
        (VmcsField.HostCsSelector, 8), (VmcsField.HostSsSelector, 16), (VmcsField.HostTrSelector, 24), (VmcsField.HostRsp, BootImage.StackTop),
    ];

    /// <summary>Emits host and guest; RCX is how often the guest exits.</summary>
    public static void Emit(Assembler a)
    {
        Label guest = a.CreateLabel(), host = a.CreateLabel(), end = a.CreateLabel();
        a.mov(r12, rcx);
        EnterOperation(a);
        foreach ((VmcsField field, uint msr, uint bits) in s_controls) WriteControl(a, field, msr, bits);
        foreach ((VmcsField field, ulong value) in s_fields) Write(a, field, () => a.mov(rax, value));
        foreach (VmcsField field in (VmcsField[])[VmcsField.GuestCr0, VmcsField.HostCr0]) Write(a, field, () => a.mov(rax, cr0));
        foreach (VmcsField field in (VmcsField[])[VmcsField.GuestCr3, VmcsField.HostCr3]) Write(a, field, () => a.mov(rax, cr3));
        foreach (VmcsField field in (VmcsField[])[VmcsField.GuestCr4, VmcsField.HostCr4]) Write(a, field, () => a.mov(rax, cr4));
        Write(a, VmcsField.GuestRip, () => a.lea(rax, __[guest]));
        Write(a, VmcsField.HostRip, () => a.lea(rax, __[host]));
        a.vmlaunch();
        a.jmp(end);
        a.Label(ref guest);
        a.cpuid();
        a.dec(r12);
        a.jne(guest);
        a.vmcall();
        a.Label(ref host);
        a.mov(edx, (int)VmcsField.ExitReason);
        a.vmread(rax, rdx);
        a.cmp(eax, (int)ExitReason.Cpuid);
        a.jne(end);
        a.mov(edx, (int)VmcsField.VmExitInstructionLength);
        a.vmread(rcx, rdx);
        a.mov(edx, (int)VmcsField.GuestRip);
        a.vmread(rax, rdx);
        a.add(rax, rcx);
        a.vmwrite(rdx, rax);
        a.vmresume();
        a.Label(ref end);
        a.nop();
    }

    /// <summary>VMXON, VMCLEAR and VMPTRLD, with regions that begin with the processor's revision identifier.</summary>
    private static void EnterOperation(Assembler a)
    {
        a.mov(rax, cr0);
        a.or(eax, 0x20);
        a.mov(cr0, rax);
        a.mov(rax, cr4);
        a.or(eax, 1 << 13);
        a.mov(cr4, rax);
        a.mov(ecx, 0x480);
        a.rdmsr();
        foreach (ulong region in (ulong[])[VmxonRegion, VmcsRegion]) a.mov(__dword_ptr[(long)region], eax);
        a.mov(__qword_ptr[(long)Operand], (int)VmxonRegion);
        a.vmxon(__[(long)Operand]);
        a.mov(__qword_ptr[(long)Operand], (int)VmcsRegion);
        a.vmclear(__[(long)Operand]);
        a.vmptrld(__[(long)Operand]);
    }

    private static void WriteControl(Assembler a, VmcsField field, uint msr, uint bits)
    {
        a.mov(ecx, msr);
        a.rdmsr();
        a.or(eax, bits);
        a.mov(edx, (int)field);
        a.vmwrite(rdx, rax);
    }

    private static void Write(Assembler a, VmcsField field, Action toRax)
    {
        toRax();
        a.mov(edx, (int)field);
        a.vmwrite(rdx, rax);
    }
}
