using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Events;

/// <summary>Events in virtual-8086 mode: to CPL 0 and back, and INT n by IOPL and the redirection bit map.</summary>
[Manual("3B", "21.3", "Interrupt and Exception Handling in Virtual-8086 Mode")]
public class Virtual8086Tests
{
    private const uint AllowAll = Eflags.IOPL;

    [Fact]
    [Manual("3B", "21.2.5", "Entering Virtual-8086 Mode")]
    [Manual("3B", "21.3.1.1", "Handling an Interrupt or Exception Through a Protected-Mode Trap or Interrupt Gate")]
    public void With_IOPL_3_INT_n_goes_to_CPL_0_with_VM_pushed_and_IRET_comes_back()
    {
        using Guest guest = new GuestBuilder(GuestMode.Virtual8086).Flags(AllowAll).Handlers(HandlerEnd.Return).Code(EveryInterrupt).Load();
        guest.Run(20_000);
        Assert.True(guest.Finished);
        Assert.Equal(Enumerable.Range(0, 256), guest.Vectors());
        Assert.All(guest.Log, handled => Assert.NotEqual(0ul, handled.Rflags & Eflags.VM));
        Assert.True(guest.Processor.Virtual8086);
        Assert.Equal(GuestLayout.Stacks >> 4, (uint)guest.Processor.Segment(SegmentName.Gs).Selector);
    }

    [Fact]
    public void The_data_segments_are_pushed_and_null_in_the_handler()
    {
        using Guest guest = new GuestBuilder(GuestMode.Virtual8086).Flags(AllowAll).Code(a => a.@int(0x40)).Load();
        guest.Run(1);
        Assert.True(guest.Processor.Segment(SegmentName.Ds).Unusable);
        Assert.Equal(GuestLayout.RingStack(0, 0) - 36ul, guest.Processor[4]);
        Assert.Equal(GuestLayout.Stacks >> 4, guest.Computer.Memory.Read<uint>(new PhysicalAddress(GuestLayout.RingStack(0, 0) - 4)));
    }

    [Fact]
    public void With_IOPL_below_3_INT_n_is_GP_0_and_INT3_is_not()
    {
        using Guest interrupt = new GuestBuilder(GuestMode.Virtual8086).Code(a => a.@int(0x40)).Load();
        interrupt.Run();
        Assert.Equal((13, 0u), ((int)interrupt.Log[0].Vector, interrupt.Log[0].ErrorCode!.Value));
        using Guest breakpoint = new GuestBuilder(GuestMode.Virtual8086).Code(a => a.db(0xCC)).Load();
        breakpoint.Run();
        Assert.Equal([3], breakpoint.Vectors());
    }

    [Fact]
    public void A_handler_at_another_level_than_0_is_GP_of_its_selector()
    {
        using Guest guest = new GuestBuilder(GuestMode.Virtual8086).Flags(AllowAll).Gate(0x40, new GuestGate { Selector = GuestLayout.UserCode32 }).Code(a => a.@int(0x40)).Load();
        guest.Run();
        Assert.Equal((13, GuestLayout.UserCode32 & ~3u), ((int)guest.Log[0].Vector, guest.Log[0].ErrorCode!.Value));
    }

    [Theory]
    [InlineData(0u, Eflags.VIF, true)]
    [InlineData(0u, 0u, false)]
    [InlineData(3u, Eflags.IF, true)]
    [InlineData(3u, 0u, false)]
    [Manual("3B", "21.3.3", "Class 3 - Software Interrupt Handling in Virtual-8086 Mode")]
    public void With_VME_a_clear_bit_sends_INT_n_to_the_8086_program_with_VIF_for_IF(uint iopl, uint flag, bool pushedIf)
    {
        using Guest guest = Extended(iopl, redirected: true).Flags(flag).Bytes(0x40 * 4, 0x34, 0x92, 0, 0).Load();
        guest.Run(1);
        Assert.Equal(0x9234ul, guest.Processor.InstructionPointer);
        Assert.True(guest.Processor.Virtual8086);
        ushort pushed = guest.Computer.Memory.Read<ushort>(new PhysicalAddress(GuestLayout.StartStack(0) - 2));
        Assert.Equal(pushedIf, (pushed & Eflags.IF) != 0);
        Assert.Equal(Eflags.IOPL, pushed & Eflags.IOPL);
        Assert.Equal(0ul, guest.Processor.Rflags & (iopl == 3 ? Eflags.IF : Eflags.VIF));
    }

    [Theory]
    [InlineData(3u, 0x40)]
    [InlineData(0u, 13)]
    public void With_VME_a_set_bit_sends_INT_n_to_protected_mode_if_IOPL_is_3(uint iopl, int vector)
    {
        using Guest guest = Extended(iopl, redirected: false).Handlers(HandlerEnd.Halt).Load();
        guest.Run();
        Assert.Equal([vector], guest.Vectors());
    }

    [Theory]
    [InlineData(0x200, true, 0u)]
    [InlineData(0x000, false, 0u)]
    [InlineData(0x100, false, 13u)]
    [Manual("3B", "21.3.3.4", "Method 5: Software Interrupt Handling")]
    public void With_VME_and_IOPL_below_3_IRET_loads_VIF_and_refuses_TF(int image, bool vif, uint vector)
    {
        using Guest guest = new GuestBuilder(GuestMode.Virtual8086).ControlBits4(Cr4.VME).Code(a =>
        {
            a.push(image);
            a.push(0);
            a.push((int)GuestLayout.Code + 0x100);
            a.iret();
        }).Load();
        guest.Run(vector == 0 ? 4 : 100ul);
        Assert.Equal(vector == 0 ? [] : [(int)vector], guest.Vectors());
        if (vector == 0) Assert.Equal(vif, (guest.Processor.Rflags & Eflags.VIF) != 0);
    }

    /// <summary>INT 40H with the redirection map below the I/O map at 68H + 20H of the TSS.</summary>
    private static GuestBuilder Extended(uint iopl, bool redirected)
    {
        byte[] map = new byte[32];
        map[8] = (byte)(redirected ? 0 : 1);
        return new GuestBuilder(GuestMode.Virtual8086).Flags(iopl << 12).ControlBits4(Cr4.VME)
            .Descriptor(GuestLayout.TssSelector, 0x0000_8900_0000_0088 | (ulong)GuestLayout.Tss << 16)
            .Bytes(GuestLayout.Tss + 0x66, 0x88, 0).Bytes(GuestLayout.Tss + 0x68, map).Code(a => a.@int(0x40)).TssLimit(0x88);
    }

    private static void EveryInterrupt(Iced.Intel.Assembler a)
    {
        for (int vector = 0; vector < 256; vector++) a.db(0xCD, (byte)vector);
    }
}
