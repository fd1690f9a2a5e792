using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx.Root;

/// <summary>VMREAD and VMWRITE in root operation.</summary>
[Manual("3C", "25.11.2", "VMREAD, VMWRITE, and Encodings of VMCS Fields")]
[Manual("3C", "31.3", "VMREAD—Read Field from Virtual-Machine Control Structure")]
[Manual("3C", "31.3", "VMWRITE—Write Field to Virtual-Machine Control Structure")]
[Manual("3D", "B", "Field Encoding in VMCS")]
public class VmcsAccessTests
{
    private const ulong Number = 0x8899_AABB_CCDD_EEFF;

    [Theory]
    [InlineData(VmcsField.GuestCsSelector, 0xEEFFul)]
    [InlineData(VmcsField.GuestCsLimit, 0xCCDD_EEFFul)]
    [InlineData(VmcsField.EptPointer, Number)]
    [InlineData(VmcsField.GuestRip, Number)]
    public void A_field_reads_as_it_was_written_as_far_as_it_is_wide(VmcsField field, ulong expected)
    {
        using MachineHost host = MachineHost.Run(c => c.WithVmcs().Write(field, Number).Read(field));
        host.AssertFinished();
        Assert.Equal(expected, host.Processor[0]);
        Assert.True(host.Succeeded);
    }

    [Fact]
    public void The_encoding_of_an_upper_half_reads_and_writes_that_half_alone()
    {
        ulong high = (ulong)VmcsField.EptPointer.High();
        using MachineHost read = MachineHost.Run(c => c.WithVmcs().Write(VmcsField.EptPointer, Number).Read(high));
        Assert.Equal(Number >> 32, read.Processor[0]);
        using MachineHost written = MachineHost.Run(c => c.WithVmcs().Write(VmcsField.EptPointer, Number).Write(high, 0x1234_5678_0000_0001).Read(VmcsField.EptPointer));
        Assert.Equal(1ul << 32 | Number & uint.MaxValue, written.Processor[0]);
    }

    [Fact]
    public void Outside_64_bit_mode_operands_have_32_bits_and_a_wider_field_gets_zeros()
    {
        using var host = new MachineHost(
            c =>
            {
                c.A.mov(__dword_ptr[(int)HostCode.Operand + 4], 0);
                foreach ((bool load, ulong region) in ((bool, ulong)[])[(false, MachineHost.VmxonRegion), (true, MachineHost.Region)])
                {
                    c.A.mov(__dword_ptr[(int)HostCode.Operand], (int)region);
                    if (load) c.A.vmptrld(__[(int)HostCode.Operand]);
                    else c.A.vmxon(__[(int)HostCode.Operand]);
                }

                c.A.mov(edx, (int)VmcsField.EptPointer.High());
                c.A.mov(eax, 0x7777_7777);
                c.A.vmwrite(edx, eax);
                c.A.vmread(ebx, edx);
                c.A.mov(edx, (int)VmcsField.EptPointer);
                c.A.vmread(ecx, edx);
                c.A.vmwrite(edx, eax);
                c.A.mov(edi, (int)MachineHost.Log);
                c.A.vmread(__[edi], edx);
            },
            mode: GuestMode.Protected, paging: GuestPaging.Pae);
        host.Run().AssertFinished();
        Assert.Equal(0x7777_7777ul, host.Processor[3]);
        Assert.Equal(0ul, host.Processor[1]);
        Assert.Equal(0x7777_7777ul, host.Vmx.Vmcs[VmcsField.EptPointer]);
        Assert.Equal(0x7777_7777ul, host[0]);
    }

    [Theory]
    [InlineData(0x6FFEul)]
    [InlineData(0x8000ul)]
    [InlineData(0x1_0000_681Eul)]
    [InlineData(0x781Eul)]
    [InlineData((ulong)VmcsField.GuestRip | 1)]
    [InlineData((ulong)VmcsField.GuestSCet)]
    [InlineData(0x0030ul)]
    [InlineData(0x0040ul)]
    [Manual("3C", "31.4", "VM Instruction Error Numbers")]
    public void An_encoding_that_is_no_fields_fails(ulong encoding)
    {
        using MachineHost read = MachineHost.Run(c => c.WithVmcs().Read(encoding));
        Assert.True(read.FailedValid);
        Assert.Equal(VmInstructionError.UnsupportedVmcsComponent, read.Error);
        using MachineHost write = MachineHost.Run(c => c.WithVmcs().Write(encoding, 0));
        Assert.True(write.FailedValid);
        Assert.Equal(VmInstructionError.UnsupportedVmcsComponent, write.Error);
    }

    [Fact]
    public void A_field_exists_where_the_control_that_it_serves_does()
    {
        CpuModel without = CpuModel.Default.With("without", CpuFeature.EptViolationVe, false);
        Assert.True(CpuModel.Default.VmcsFields.Contains((ulong)VmcsField.VirtualizationExceptionInformationAddress));
        Assert.False(without.VmcsFields.Contains((ulong)VmcsField.VirtualizationExceptionInformationAddress));
        CpuModel old = CpuModels.All.Single(model => model.Name == "nehalem");
        Assert.False(old.VmcsFields.Contains((ulong)VmcsField.PmlAddress));
        Assert.False(old.VmcsFields.Contains((ulong)VmcsField.EoiExitBitmap0));
        Assert.True(old.VmcsFields.Contains((ulong)VmcsField.EptPointer));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Manual("3D", "A.6", "Miscellaneous Data")]
    public void VMWRITE_writes_read_only_fields_where_bit_29_of_IA32_VMX_MISC_says_so(bool may)
    {
        CpuModel model = CpuModel.Default.With("model", CpuFeature.VmcsShadowing, may);
        Assert.Equal(may, (VmxCapabilities.Misc(model) & 1ul << 29) != 0);
        using MachineHost host = MachineHost.Run(c => c.WithVmcs().Write(VmcsField.ExitReason, 5), model);
        Assert.Equal(may, host.Succeeded);
        Assert.Equal(may ? 5ul : 0, host.Vmx.Vmcs[VmcsField.ExitReason]);
        if (!may) Assert.Equal(VmInstructionError.VmwriteReadOnlyComponent, host.Error);
    }

    [Fact]
    public void Without_a_current_VMCS_both_fail_with_VMfailInvalid()
    {
        using MachineHost read = MachineHost.Run(c => c.On().Read(VmcsField.GuestRip));
        Assert.True(read.FailedInvalid);
        using MachineHost write = MachineHost.Run(c => c.On().Write(VmcsField.GuestRip, 0));
        Assert.True(write.FailedInvalid);
    }

    [Fact]
    public void A_memory_operand_faults_as_any_other()
    {
        using MachineHost read = MachineHost.Run(c =>
        {
            c.WithVmcs();
            c.A.mov(rbx, 1ul << 40);
            c.A.mov(edx, (int)VmcsField.GuestRip);
            c.A.vmread(__[rbx], rdx);
        });
        read.AssertFault(ExceptionVector.PageFault);
        using MachineHost write = MachineHost.Run(c =>
        {
            c.WithVmcs();
            c.A.mov(rbx, 1ul << 40);
            c.A.mov(edx, (int)VmcsField.GuestRip);
            c.A.vmwrite(rdx, __[rbx]);
        });
        write.AssertFault(ExceptionVector.PageFault);
    }
}
