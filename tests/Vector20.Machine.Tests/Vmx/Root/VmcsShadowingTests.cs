using Vector20.Machine.Memory;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx.Root;

/// <summary>A guest that is a hypervisor itself reads and writes the shadow VMCS that its host lends it.</summary>
[Manual("3C", "25.6.15", "VMCS Shadowing Bitmap Addresses")]
[Manual("3C", "31.3", "VMREAD—Read Field from Virtual-Machine Control Structure")]
[Manual("3C", "31.3", "VMWRITE—Write Field to Virtual-Machine Control Structure")]
public class VmcsShadowingTests
{
    private const ulong ReadBitmap = MachineHost.Pages, WriteBitmap = MachineHost.Pages + 0x1000;
    private const uint Shadow = VmxCapabilities.RevisionIdentifier | 1u << 31;

    [Fact]
    public void What_the_guest_writes_its_host_finds_in_the_shadow_VMCS()
    {
        using MachineHost host = Run(a =>
        {
            a.mov(edx, (int)VmcsField.GuestRip);
            a.mov(eax, 0x1234);
            a.vmwrite(rdx, rax);
            a.vmread(rbx, rdx);
        }, c => c.LogField(VmcsField.ExitReason).Use(MachineHost.OtherRegion).LogField(VmcsField.GuestRip));
        Assert.Equal([(ulong)ExitReason.Vmcall, 0x1234ul], [host[0], host[1]]);
        Assert.Equal(0x1234ul, host.Processor[3]);
    }

    [Theory]
    [InlineData(ReadBitmap, (ulong)VmcsField.GuestRip, ExitReason.Vmread)]
    [InlineData(WriteBitmap, (ulong)VmcsField.GuestRip, ExitReason.Vmcall)]
    [InlineData(0ul, 0x8000ul, ExitReason.Vmread)]
    public void A_bit_of_the_bitmap_and_an_encoding_of_more_than_15_bits_exit(ulong bitmap, ulong encoding, ExitReason expected)
    {
        using MachineHost host = Run(a =>
        {
            a.mov(rdx, encoding);
            a.vmread(rbx, rdx);
        }, c => c.LogField(VmcsField.ExitReason), bitmap + encoding / 8, (byte)(1 << (int)(encoding & 7)));
        Assert.Equal((ulong)expected, host[0]);
    }

    [Fact]
    [Manual("3C", "31.4", "VM Instruction Error Numbers")]
    public void A_field_that_does_not_exist_fails_in_the_shadow_VMCS()
    {
        using MachineHost host = Run(a =>
        {
            a.mov(edx, 0x6FFE);
            a.vmread(rbx, rdx);
            a.setz(bl);
        }, c => c.LogField(VmcsField.VmInstructionError).Use(MachineHost.OtherRegion).LogField(VmcsField.VmInstructionError));
        Assert.Equal(1ul, host.Processor[3] & 0xFF);
        Assert.Equal([0ul, (ulong)VmInstructionError.UnsupportedVmcsComponent], [host[0], host[1]]);
    }

    [Fact]
    public void Without_a_shadow_VMCS_the_access_fails_with_VMfailInvalid()
    {
        using MachineHost host = Run(a =>
        {
            a.mov(edx, (int)VmcsField.GuestRip);
            a.vmread(rbx, rdx);
            a.setb(bl);
        }, c => c.LogField(VmcsField.ExitReason), link: VmxState.NoPointer);
        Assert.Equal((ulong)ExitReason.Vmcall, host[0]);
        Assert.Equal(1ul, host.Processor[3] & 0xFF);
    }

    [Theory]
    [InlineData(VmxCapabilities.RevisionIdentifier)]
    [InlineData(Shadow)]
    [Manual("3C", "27.3.1.5", "Checks on Guest Non-Register State")]
    public void The_link_pointer_references_a_shadow_VMCS_with_the_control_and_none_without(uint identifier)
    {
        foreach (bool shadowing in (bool[])[true, false])
        {
            using MachineHost host = Run(_ => { }, c => c.LogField(VmcsField.ExitReason), identifier: identifier, shadowing: shadowing);
            bool fits = shadowing == (identifier == Shadow);
            Assert.Equal(fits ? (ulong)ExitReason.Vmcall : 1ul << 31 | (ulong)ExitReason.EntryFailureInvalidGuestState, host[0]);
        }
    }

    private static MachineHost Run(
        Action<Iced.Intel.Assembler> guest, Action<HostCode> exit, ulong at = 0, byte bits = 0, ulong link = MachineHost.OtherRegion, uint identifier = Shadow, bool shadowing = true)
    {
        var host = new MachineHost(HostCode.Whole(guest, exit, f =>
        {
            if (shadowing) f[VmcsField.SecondaryProcessorBasedControls] |= (ulong)SecondaryControls.VmcsShadowing;
            f[VmcsField.VmcsLinkPointer] = link;
            f[VmcsField.VmreadBitmapAddress] = ReadBitmap;
            f[VmcsField.VmwriteBitmapAddress] = WriteBitmap;
        }));
        host.Memory.Write(new PhysicalAddress(MachineHost.OtherRegion), identifier);
        if (at >= MachineHost.Pages) host.Memory.Write(new PhysicalAddress(at), bits);
        return host.Run().AssertFinished();
    }
}
