using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Msrs;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx.Root;

/// <summary>Entering and leaving VMX operation, and what cannot be done in it.</summary>
[Manual("3C", "24.7", "Enabling and Entering VMX Operation")]
[Manual("3C", "31.3", "VMXON—Enter VMX Operation")]
public class VmxOperationTests
{
    [Fact]
    [Manual("3C", "31.2", "Conventions")]
    public void VMXON_enters_root_operation_without_a_current_VMCS_and_clears_the_status_flags()
    {
        using MachineHost host = MachineHost.Run(c => { c.A.stc(); c.On(); });
        host.AssertFinished();
        Assert.True(host.Vmx.On);
        Assert.False(host.Vmx.NonRoot);
        Assert.Equal(VmxState.NoPointer, host.Vmx.CurrentPointer);
        Assert.True(host.Succeeded);
    }

    [Theory]
    [InlineData(GuestMode.Real)]
    [InlineData(GuestMode.Virtual8086)]
    [InlineData(GuestMode.Compatibility)]
    public void VMXON_is_invalid_in_modes_that_do_not_have_it(GuestMode mode) => AssertFault(ExceptionVector.InvalidOpcode, mode: mode);

    [Fact]
    public void VMXON_is_invalid_while_VMXE_is_0() => AssertFault(ExceptionVector.InvalidOpcode, vmxe: false);

    [Fact]
    public void VMXON_at_CPL_3_is_a_protection_fault() => AssertFault(ExceptionVector.GeneralProtection, cpl: 3);

    [Theory]
    [InlineData(FeatureControl.VmxOutsideSmx, false)]
    [InlineData(FeatureControl.Lock, false)]
    [InlineData(FeatureControl.Lock | FeatureControl.VmxInsideSmx, false)]
    [InlineData(FeatureControl.Lock | FeatureControl.VmxOutsideSmx, true)]
    public void VMXON_needs_a_locked_IA32_FEATURE_CONTROL_that_enables_it(ulong value, bool enters)
    {
        using var host = new MachineHost(c => c.On());
        host.Processor.Msrs[Msr.FeatureControl] = value;
        host.Run();
        Assert.Equal(enters, host.Vmx.On);
        if (!enters) host.AssertFault(ExceptionVector.GeneralProtection);
    }

    [Fact]
    [Manual("3C", "24.8", "Restrictions on VMX Operation")]
    public void VMXON_needs_CR0_NE()
    {
        using var host = new MachineHost(c => c.On());
        host.Processor.ControlRegister0 &= ~Cr0.NE;
        host.Run().AssertFault(ExceptionVector.GeneralProtection);
    }

    [Theory]
    [InlineData(MachineHost.VmxonRegion + 8, VmxCapabilities.RevisionIdentifier)]
    [InlineData(1ul << 52, VmxCapabilities.RevisionIdentifier)]
    [InlineData(MachineHost.VmxonRegion, VmxCapabilities.RevisionIdentifier + 1)]
    [InlineData(MachineHost.VmxonRegion, VmxCapabilities.RevisionIdentifier | 1u << 31)]
    [InlineData(0xD000_0000ul, VmxCapabilities.RevisionIdentifier)]
    public void VMXON_fails_without_a_page_that_begins_with_the_revision_identifier(ulong region, uint identifier)
    {
        using var host = new MachineHost(c => c.On(region));
        host.Memory.Write(new PhysicalAddress(MachineHost.VmxonRegion), identifier);
        host.Run().AssertFinished();
        Assert.True(host.FailedInvalid);
        Assert.False(host.Vmx.On);
    }

    [Fact]
    [Manual("3C", "31.4", "VM Instruction Error Numbers")]
    public void VMXON_in_root_operation_fails()
    {
        using MachineHost without = MachineHost.Run(c => c.On().On());
        Assert.True(without.FailedInvalid);
        using MachineHost with = MachineHost.Run(c => c.WithVmcs().On());
        Assert.True(with.FailedValid);
        Assert.Equal(VmInstructionError.VmxonInVmxRoot, with.Error);
    }

    [Fact]
    [Manual("3C", "31.3", "VMXOFF—Leave VMX Operation")]
    public void VMXOFF_leaves_and_then_it_is_invalid()
    {
        using MachineHost host = MachineHost.Run(c => { c.WithVmcs(); c.A.vmxoff(); c.A.vmxoff(); });
        host.AssertFault(ExceptionVector.InvalidOpcode);
        Assert.False(host.Vmx.On);
    }

    [Theory]
    [InlineData(0, Cr0.NE)]
    [InlineData(0, Cr0.PG)]
    [InlineData(0, Cr0.PE | Cr0.PG)]
    [InlineData(4, Cr4.VMXE)]
    [Manual("3C", "24.8", "Restrictions on VMX Operation")]
    public void Bits_that_are_fixed_cannot_be_cleared_in_VMX_operation(int register, ulong bits)
    {
        using MachineHost inside = MachineHost.Run(c => { c.On(); Clear(c, register, bits); });
        inside.AssertFault(ExceptionVector.GeneralProtection);
        if ((bits & Cr0.PG) != 0 && register == 0) return;
        using MachineHost after = MachineHost.Run(c => { c.On(); c.A.vmxoff(); Clear(c, register, bits); });
        after.AssertFinished();
    }

    [Fact]
    [Manual("3C", "24.8", "Restrictions on VMX Operation")]
    public void INIT_is_blocked_in_root_operation_and_comes_with_VMXOFF()
    {
        using var host = new MachineHost(c => { c.On(); for (int i = 0; i < 8; i++) c.A.nop(); c.A.vmxoff(); });
        host.Guest.Run(8);
        Assert.True(host.Vmx.On);
        host.Processor.InitPending = true;
        host.Processor.RequestAttention();
        host.Guest.Run(4);
        Assert.True(host.Processor.InitPending);
        Assert.Equal(Cr0.PG, host.Processor.ControlRegister0 & Cr0.PG);
        host.Guest.Run(8);
        Assert.False(host.Processor.InitPending);
        Assert.Equal(0ul, host.Processor.ControlRegister0 & Cr0.PG);
    }

    [Fact]
    [Manual("3C", "31.3", "VMCALL—Call to VM Monitor")]
    public void VMCALL_in_root_operation_fails_and_outside_VMX_operation_it_is_invalid()
    {
        using MachineHost root = MachineHost.Run(c => { c.WithVmcs(); c.A.vmcall(); });
        Assert.True(root.FailedValid);
        Assert.Equal(VmInstructionError.VmcallInVmxRoot, root.Error);
        using MachineHost outside = MachineHost.Run(c => c.A.vmcall());
        outside.AssertFault(ExceptionVector.InvalidOpcode);
    }

    [Fact]
    [Manual("3C", "26.5.6.2", "General Operation of the VMFUNC Instruction")]
    public void VMFUNC_is_invalid_in_root_operation()
    {
        using MachineHost host = MachineHost.Run(c => { c.WithVmcs(); c.A.xor(eax, eax); c.A.vmfunc(); });
        host.AssertFault(ExceptionVector.InvalidOpcode);
    }

    [Fact]
    public void Outside_VMX_operation_every_other_instruction_is_invalid_and_at_CPL_3_in_it_a_protection_fault()
    {
        foreach (Action<HostCode> code in Instructions())
        {
            using MachineHost outside = MachineHost.Run(code);
            outside.AssertFault(ExceptionVector.InvalidOpcode);
            using var user = new MachineHost(code, cpl: 3);
            user.Vmx.On = true;
            user.Run().AssertFault(ExceptionVector.GeneralProtection);
        }
    }

    private static Action<HostCode>[] Instructions() =>
    [
        c => c.A.vmclear(__[rsp]), c => c.A.vmptrld(__[rsp]), c => c.A.vmptrst(__[rsp]), c => c.A.vmread(rax, rdx), c => c.A.vmwrite(rdx, rax),
        c => c.A.vmlaunch(), c => c.A.vmresume(), c => c.A.vmxoff(), c => c.A.invept(rax, __[rsp]), c => c.A.invvpid(rax, __[rsp]),
    ];

    private static void Clear(HostCode c, int register, ulong bits)
    {
        if (register == 0) c.A.mov(rax, cr0);
        else c.A.mov(rax, cr4);
        c.A.mov(rbx, ~bits);
        c.A.and(rax, rbx);
        if (register == 0) c.A.mov(cr0, rax);
        else c.A.mov(cr4, rax);
    }

    private static void AssertFault(ExceptionVector vector, GuestMode mode = GuestMode.Long, int cpl = 0, bool vmxe = true)
    {
        using var host = new MachineHost(c => c.A.db(0xF3, 0x0F, 0xC7, 0x34, 0x24), mode: mode, cpl: cpl, vmxe: vmxe);
        host.Run().AssertFault(vector);
        Assert.False(host.Vmx.On);
    }
}
