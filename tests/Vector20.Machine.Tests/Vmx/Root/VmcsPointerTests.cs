using Iced.Intel;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx.Root;

/// <summary>VMCLEAR, VMPTRLD and VMPTRST: one VMCS is current, any number are in memory.</summary>
[Manual("3C", "25.1", "Overview")]
[Manual("3C", "25.2", "Format of the VMCS Region")]
[Manual("3C", "31.4", "VM Instruction Error Numbers")]
public class VmcsPointerTests
{
    private const ulong Number = 0x1122_3344_5566_7788;

    [Fact]
    [Manual("3C", "31.3", "VMPTRST—Store Pointer to Virtual-Machine Control Structure")]
    public void VMPTRST_stores_the_current_pointer_or_all_ones()
    {
        using MachineHost host = MachineHost.Run(c =>
        {
            c.On();
            c.A.vmptrst(__[(long)MachineHost.Log]);
            c.Clear(MachineHost.Region).Use(MachineHost.Region);
            c.A.vmptrst(__[(long)MachineHost.Log + 8]);
            c.Clear(MachineHost.Region);
            c.A.vmptrst(__[(long)MachineHost.Log + 16]);
        });
        host.AssertFinished();
        Assert.Equal([ulong.MaxValue, MachineHost.Region, ulong.MaxValue], [host[0], host[1], host[2]]);
    }

    [Fact]
    [Manual("3C", "31.3", "VMPTRLD—Load Pointer to Virtual-Machine Control Structure")]
    [Manual("3C", "25.11.3", "Initializing a VMCS")]
    public void Two_VMCSs_are_used_in_turn_and_each_keeps_its_fields()
    {
        using MachineHost host = MachineHost.Run(c =>
        {
            c.WithVmcs().Write(VmcsField.GuestRip, Number);
            c.Clear(MachineHost.OtherRegion).Use(MachineHost.OtherRegion).Write(VmcsField.GuestRip, 2);
            c.A.mov(r15, MachineHost.Log);
            c.Use(MachineHost.Region).LogField(VmcsField.GuestRip);
            c.Use(MachineHost.OtherRegion).LogField(VmcsField.GuestRip);
        });
        host.AssertFinished();
        Assert.Equal([Number, 2ul], [host[0], host[1]]);
    }

    [Fact]
    [Manual("3C", "31.3", "VMCLEAR—Clear Virtual-Machine Control Structure")]
    public void What_VMCLEAR_writes_on_one_processor_another_loads()
    {
        const int Cleared = (int)MachineHost.Log, Ticket = Cleared + 8;
        using var host = new MachineHost(
            c =>
            {
                Label second = c.A.CreateLabel(), end = c.A.CreateLabel();
                c.A.@lock.bts(__dword_ptr[Ticket], 0);
                c.A.jc(second);
                c.WithVmcs().Write(VmcsField.GuestRip, Number).Clear(MachineHost.Region);
                c.A.mov(__dword_ptr[Cleared], 1);
                c.A.jmp(end);
                c.A.Label(ref second);
                c.A.cmp(__dword_ptr[Cleared], 0);
                c.A.je(second);
                c.Pointer(MachineHost.OtherRegion);
                c.A.vmxon(__[(long)HostCode.Operand]);
                c.Use(MachineHost.Region).Read(VmcsField.GuestRip);
                c.A.Label(ref end);
                c.A.nop();
            },
            options: new ComputerOptions { Processors = 2 });
        Processor other = host.Guest.Computer.Processors[1];
        host.Guest.Enter(other);
        host.Run(100_000);
        Processor loader = host.Vmx.CurrentPointer == VmxState.NoPointer ? other : host.Processor;
        Assert.Equal(MachineHost.Region, loader.Vmx.CurrentPointer);
        Assert.Equal(Number, loader[0]);
    }

    [Fact]
    [Manual("3C", "31.3", "VMCLEAR—Clear Virtual-Machine Control Structure")]
    public void VMCLEAR_of_another_VMCS_leaves_the_current_one_alone()
    {
        using MachineHost host = MachineHost.Run(c => c.WithVmcs().Write(VmcsField.GuestRip, Number).Clear(MachineHost.OtherRegion).Read(VmcsField.GuestRip));
        Assert.Equal(Number, host.Processor[0]);
        Assert.Equal(MachineHost.Region, host.Vmx.CurrentPointer);
    }

    [Theory]
    [InlineData(MachineHost.Region + 1, VmInstructionError.VmclearInvalidAddress)]
    [InlineData(1ul << 52, VmInstructionError.VmclearInvalidAddress)]
    [InlineData(MachineHost.VmxonRegion, VmInstructionError.VmclearVmxonPointer)]
    [Manual("3C", "31.3", "VMCLEAR—Clear Virtual-Machine Control Structure")]
    public void VMCLEAR_refuses(ulong region, VmInstructionError error) => AssertRefused(c => c.Clear(region), error);

    [Theory]
    [InlineData(MachineHost.Region + 0x800, VmInstructionError.VmptrldInvalidAddress)]
    [InlineData(1ul << 46, VmInstructionError.VmptrldInvalidAddress)]
    [InlineData(MachineHost.VmxonRegion, VmInstructionError.VmptrldVmxonPointer)]
    [InlineData(MachineHost.Pages, VmInstructionError.VmptrldIncorrectRevision)]
    [Manual("3C", "31.3", "VMPTRLD—Load Pointer to Virtual-Machine Control Structure")]
    public void VMPTRLD_refuses(ulong region, VmInstructionError error) => AssertRefused(c => c.Use(region), error);

    [Fact]
    [Manual("3C", "31.3", "VMPTRLD—Load Pointer to Virtual-Machine Control Structure")]
    public void VMPTRLD_of_a_shadow_VMCS_needs_a_model_that_has_them()
    {
        foreach (bool has in (bool[])[true, false])
        {
            CpuModel model = CpuModel.Default.With("model", CpuFeature.VmcsShadowing, has);
            using var host = new MachineHost(c => c.WithVmcs().Use(MachineHost.OtherRegion), model);
            host.Memory.Write(new PhysicalAddress(MachineHost.OtherRegion), VmxCapabilities.RevisionIdentifier | 1u << 31);
            host.Run().AssertFinished();
            Assert.Equal(has, host.Succeeded);
            if (!has) Assert.Equal(VmInstructionError.VmptrldIncorrectRevision, host.Error);
        }
    }

    [Fact]
    public void A_region_of_random_bytes_is_a_VMCS_whose_fields_are_cut_to_their_width()
    {
        using var host = new MachineHost(c => c.On().Use(MachineHost.Region).Read(VmcsField.GuestCsSelector));
        var bytes = new byte[4092];
        new Random(1).NextBytes(bytes);
        host.Memory.Write(new PhysicalAddress(MachineHost.Region + 4), bytes);
        host.Run().AssertFinished();
        Assert.InRange(host.Processor[0], 1ul, 0xFFFFul);
        foreach (VmcsField field in VmcsFields.All) Assert.Equal(0ul, host.Vmx.Vmcs[field] & ~field.Mask());
        Assert.False(host.Vmx.Vmcs.Launched);
    }

    /// <summary>The instruction fails with VMfailValid and its error where there is a current VMCS, which stays; with VMfailInvalid where there is none.</summary>
    private static void AssertRefused(Action<HostCode> instruction, VmInstructionError error)
    {
        using MachineHost with = MachineHost.Run(c => instruction(c.WithVmcs()));
        with.AssertFinished();
        Assert.True(with.FailedValid);
        Assert.Equal(error, with.Error);
        Assert.Equal(MachineHost.Region, with.Vmx.CurrentPointer);
        using MachineHost without = MachineHost.Run(c => instruction(c.On()));
        Assert.True(without.FailedInvalid);
    }
}
