using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx;

[Manual("3D", "A", "VMX Capability Reporting Facility")]
public class CapabilityTests
{
    [Theory]
    [InlineData(0x481, 0x48D)]
    [InlineData(0x482, 0x48E)]
    [InlineData(0x483, 0x48F)]
    [InlineData(0x484, 0x490)]
    [Manual("3C", "25.6.1", "Pin-Based VM-Execution Controls")]
    [Manual("3C", "25.6.2", "Processor-Based VM-Execution Controls")]
    [Manual("3C", "25.7.1", "VM-Exit Controls")]
    [Manual("3C", "25.8.1", "VM-Entry Controls")]
    public void A_control_that_must_be_1_may_be_1_and_the_TRUE_register_only_asks_less(uint msr, uint trueMsr)
    {
        ulong plain = Read(msr), exact = Read(trueMsr);
        Assert.Equal(0ul, (uint)plain & ~(plain >> 32));
        Assert.Equal(0ul, (uint)exact & ~(exact >> 32));
        Assert.Equal(0ul, (uint)exact & ~(ulong)(uint)plain);
        Assert.Equal(plain >> 32, exact >> 32);
    }

    [Fact]
    [Manual("3D", "A.1", "Basic VMX Information")]
    public void The_basic_register_says_4096_bytes_of_write_back_memory_INS_and_OUTS_information_and_TRUE_registers()
    {
        ulong basic = Read(0x480);
        Assert.Equal(0ul, basic >> 31 & 1);
        Assert.Equal(4096ul, basic >> 32 & 0x1FFF);
        Assert.Equal(6ul, basic >> 50 & 15);
        Assert.Equal(3ul, basic >> 54 & 3);
    }

    [Fact]
    [Manual("3D", "A.6", "Miscellaneous Data")]
    public void The_miscellaneous_register_says_four_CR3_targets_and_every_activity_state()
    {
        ulong misc = Read(0x485);
        Assert.Equal(4ul, misc >> 16 & 0x1FF);
        Assert.Equal(7ul, misc >> 6 & 7);
    }

    [Fact]
    [Manual("3C", "25.11.2", "VMREAD, VMWRITE, and Encodings of VMCS Fields")]
    public void No_field_has_a_higher_index_than_the_enumeration_register_says_and_one_has_it()
    {
        ulong highest = Read(0x48A) >> 1;
        Assert.Equal(highest, (ulong)VmcsFields.All.Where(field => CpuModel.Default.VmcsFields.Contains((ulong)field)).Max(field => field.Index()));
    }

    [Fact]
    public void A_model_without_a_feature_has_neither_its_control_nor_its_register()
    {
        CpuModel without = CpuModel.Default.With("without", CpuFeature.EptViolationVe, false);
        Assert.NotEqual((SecondaryControls)0, VmxCapabilities.Secondary(CpuModel.Default) & SecondaryControls.EptViolationVe);
        Assert.Equal((SecondaryControls)0, VmxCapabilities.Secondary(without) & SecondaryControls.EptViolationVe);
        Assert.False(VmxCapabilityMsrs.Read(CpuModel.Default.With("none", CpuFeature.Vmx, false), 0x480, out _));
    }

    [Fact]
    [Manual("3D", "A.10", "VPID and EPT Capabilities")]
    public void A_model_without_EPT_has_the_capabilities_of_VPIDs()
    {
        const ulong Vpids = 0x0F01_0000_0000;
        Assert.True(CpuModelParser.TryParse("nehalem,-ept", out CpuModel without, out _));
        Assert.NotEqual((SecondaryControls)0, VmxCapabilities.Secondary(without) & SecondaryControls.EnableVpid);
        Assert.True(VmxCapabilityMsrs.Read(without, 0x48C, out ulong capabilities));
        Assert.Equal(Vpids, capabilities);
        Assert.Equal(Vpids, Read(0x48C) & Vpids);
    }

    [Fact]
    public void A_guest_reads_them_with_RDMSR()
    {
        using Guest guest = new GuestBuilder().Code(a => { a.mov(ecx, 0x486); a.rdmsr(); }).Load();
        guest.Run();
        Assert.Equal(VmxCapabilities.Cr0Fixed0, guest.Processor[0]);
    }

    private static ulong Read(uint msr)
    {
        Assert.True(VmxCapabilityMsrs.Read(CpuModel.Default, msr, out ulong value));
        return value;
    }
}
