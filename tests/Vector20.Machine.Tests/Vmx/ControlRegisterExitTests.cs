using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx;

[Manual("3C", "26.1.3", "Instructions That Cause VM Exits Conditionally")]
public class ControlRegisterExitTests
{
    [Fact]
    public void MOV_to_CR0_exits_when_it_changes_a_bit_that_the_host_owns()
    {
        using VmxGuest guest = VmxGuest.Run(a => { a.mov(rbx, cr0); a.or(rbx, (int)Cr0.TS); a.mov(cr0, rbx); }, vmcs =>
            vmcs[VmcsField.Cr0GuestHostMask] = Cr0.TS);
        guest.AssertExit(ExitReason.ControlRegisterAccess, 3 << 8, 3);
    }

    [Fact]
    public void MOV_to_CR0_that_agrees_with_the_shadow_does_not_exit_and_keeps_the_bits_of_the_host()
    {
        using VmxGuest guest = VmxGuest.Run(a => { a.mov(rbx, cr0); a.mov(cr0, rbx); a.mov(rcx, cr0); a.mov(cr8, rcx); }, vmcs =>
        {
            vmcs.Set(ProcessorBasedControls.Cr8LoadExiting);
            vmcs[VmcsField.Cr0GuestHostMask] = vmcs[VmcsField.Cr0ReadShadow] = Cr0.TS;
        });
        guest.AssertExit(ExitReason.ControlRegisterAccess, 8 | 1 << 8, 4);
        Assert.NotEqual(0ul, guest.Processor[1] & Cr0.TS);
        Assert.Equal(0ul, guest.Last[VmcsField.GuestCr0] & Cr0.TS);
    }

    [Fact]
    public void MOV_to_CR3_exits_unless_the_value_is_a_target()
    {
        void Code(Assembler a) { a.mov(rsi, cr3); a.mov(cr3, rsi); a.clts(); }
        using VmxGuest exits = VmxGuest.Run(Code, vmcs => vmcs.Set(ProcessorBasedControls.Cr3LoadExiting));
        exits.AssertExit(ExitReason.ControlRegisterAccess, 3 | 6 << 8, 3);
        using VmxGuest target = VmxGuest.Run(Code, vmcs =>
        {
            vmcs.Set(ProcessorBasedControls.Cr3LoadExiting);
            vmcs[VmcsField.Cr3TargetCount] = 2;
            vmcs[VmcsField.Cr3Target1] = vmcs[VmcsField.GuestCr3];
            OwnTaskSwitched(vmcs);
        });
        target.AssertExit(ExitReason.ControlRegisterAccess, 2 << 4, 2);
    }

    [Fact]
    public void MOV_from_CR3_exits_under_its_control_alone()
    {
        void Code(Assembler a) { a.mov(r9, cr3); a.clts(); }
        using VmxGuest exits = VmxGuest.Run(Code, vmcs => vmcs.Set(ProcessorBasedControls.Cr3StoreExiting));
        exits.AssertExit(ExitReason.ControlRegisterAccess, 3 | 1 << 4 | 9 << 8, 4);
        using VmxGuest not = VmxGuest.Run(Code, OwnTaskSwitched);
        not.AssertExit(ExitReason.ControlRegisterAccess, 2 << 4, 2);
    }

    [Fact]
    public void LMSW_reports_its_source_and_where_a_memory_operand_is()
    {
        using VmxGuest register = VmxGuest.Run(a => { a.mov(ax, 0x9); a.lmsw(ax); }, vmcs => vmcs[VmcsField.Cr0GuestHostMask] = Cr0.TS);
        register.AssertExit(ExitReason.ControlRegisterAccess, 3 << 4 | 0x9 << 16, 4);
        using VmxGuest memory = VmxGuest.Run(a => { a.mov(__word_ptr[GuestLayout.Data], 9); a.lmsw(__word_ptr[GuestLayout.Data]); }, vmcs => vmcs[VmcsField.Cr0GuestHostMask] = Cr0.TS);
        Assert.Equal(3ul << 4 | 1 << 6 | 0x9 << 16, memory.Last[VmcsField.ExitQualification]);
        Assert.Equal(GuestLayout.Data, memory.Last[VmcsField.GuestLinearAddress]);
    }

    [Fact]
    public void LMSW_cannot_clear_PE_so_that_it_does_not_exit_for_PE()
    {
        using VmxGuest guest = VmxGuest.Run(a => { a.xor(eax, eax); a.lmsw(ax); }, vmcs => vmcs[VmcsField.Cr0GuestHostMask] = vmcs[VmcsField.Cr0ReadShadow] = Cr0.PE);
        Assert.Empty(guest.Exits);
        Assert.Empty(guest.Failures);
    }

    [Fact]
    public void MOV_DR_reports_register_and_direction()
    {
        using VmxGuest guest = VmxGuest.Run(a => a.mov(r10, dr7), vmcs => vmcs.Set(ProcessorBasedControls.MovDrExiting));
        guest.AssertExit(ExitReason.MovDr, 7 | 1 << 4 | 10 << 8, 4);
    }

    private static void OwnTaskSwitched(Vmcs vmcs) => vmcs[VmcsField.Cr0GuestHostMask] = vmcs[VmcsField.Cr0ReadShadow] = Cr0.TS;
}
