using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx;

[Manual("3C", "26.5.6", "VM Functions")]
[Manual("3C", "26.5.6.2", "General Operation of the VMFUNC Instruction")]
[Manual("3C", "25.6.14", "VM-Function Controls")]
public class VmFunctionTests
{
    private const ulong List = VmxGuest.HostPages;

    [Fact]
    [Manual("3C", "26.5.6.3", "EPTP Switching")]
    public void EPTP_switching_takes_the_pointer_and_the_index_from_the_list_without_an_exit()
    {
        using VmxGuest guest = Run(0, 3, v => v[VmcsField.VmFunctionControls] = 1);
        guest.AssertNoExit();
        Assert.Equal(3ul, guest.Vmcs[VmcsField.EptpIndex]);
        Assert.Equal(0x40ul, guest.Vmcs[VmcsField.EptPointer] & 0x40);
    }

    [Theory]
    [InlineData(0, 512)]
    [InlineData(0, 4)]
    [InlineData(1, 3)]
    public void An_index_beyond_the_list_a_bad_pointer_or_a_disabled_function_exits(int function, int index)
    {
        using VmxGuest guest = Run(function, index, v => v[VmcsField.VmFunctionControls] = 1);
        guest.AssertExit(ExitReason.Vmfunc, 0, 3);
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(0, false)]
    public void A_function_above_63_and_VMFUNC_without_its_control_are_undefined(int function, bool enabled)
    {
        using VmxGuest guest = Run(function, 3, v =>
        {
            v[VmcsField.VmFunctionControls] = 1;
            if (!enabled) v[VmcsField.SecondaryProcessorBasedControls] &= ~(ulong)SecondaryControls.EnableVmFunctions;
        });
        Assert.Equal(6, guest.Guest.Log.Single().Vector);
    }

    private static VmxGuest Run(int function, int index, Action<Vmcs> configure)
    {
        VmxGuest guest = VmxGuest.Build(a => { a.mov(eax, function); a.mov(ecx, index); a.vmfunc(); }, v =>
        {
            v.Set(SecondaryControls.EnableVmFunctions);
            v[VmcsField.EptpListAddress] = List;
            configure(v);
        }, new GuestBuilder(cpl: 3));
        guest.Memory.Write(new PhysicalAddress(List + 8 * 3), guest.Vmcs[VmcsField.EptPointer] | 0x40);
        guest.Memory.Write(new PhysicalAddress(List + 8 * 4), guest.Vmcs[VmcsField.EptPointer] | 0x100);
        return guest.Run();
    }
}
