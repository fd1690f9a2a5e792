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

    /// <summary>The other hierarchy maps the second 2 MiB to the first.</summary>
    [Fact]
    [Manual("3C", "26.5.6.3", "EPTP Switching")]
    public void After_the_switch_the_guest_sees_memory_through_the_other_hierarchy()
    {
        const ulong Pointers = List + 0x1000, Directory = List + 0x2000, Other = List + 0x3000, Address = 2 << 20, Elsewhere = 0;
        using VmxGuest guest = VmxGuest.Build(a =>
        {
            a.mov(rbx, (long)Address);
            foreach (int index in (ReadOnlySpan<int>)[6, 5, 6, 5])
            {
                a.mov(rsi, rdi);
                a.xor(eax, eax);
                a.mov(ecx, index);
                a.vmfunc();
                a.mov(rdi, __qword_ptr[rbx]);
            }
        }, v =>
        {
            v.Set(SecondaryControls.EnableVmFunctions);
            v[VmcsField.EptpListAddress] = List;
            v[VmcsField.VmFunctionControls] = 1;
        });
        const ulong ReadWriteExecute = 7, LargeWriteBack = 0xB7;
        guest.Memory.Write(new PhysicalAddress(Other), Pointers | ReadWriteExecute);
        guest.Memory.Write(new PhysicalAddress(Pointers), Directory | ReadWriteExecute);
        guest.Memory.Write(new PhysicalAddress(Directory), LargeWriteBack);
        guest.Memory.Write(new PhysicalAddress(Directory + 8), Elsewhere | LargeWriteBack);
        guest.Memory.Write(new PhysicalAddress(List + 8 * 6), guest.Vmcs[VmcsField.EptPointer]);
        guest.Memory.Write(new PhysicalAddress(List + 8 * 5), Other | guest.Vmcs[VmcsField.EptPointer] & 0xFFF);
        guest.Memory.Write(new PhysicalAddress(Address), 1ul);
        guest.Memory.Write(new PhysicalAddress(Elsewhere), 2ul);
        guest.Run().AssertNoExit();
        Assert.Equal((1ul, 2ul), (guest.Processor[6], guest.Processor[7]));
        Assert.Equal((Other, 5ul), (guest.Vmcs[VmcsField.EptPointer] & ~0xFFFul, guest.Vmcs[VmcsField.EptpIndex]));
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
