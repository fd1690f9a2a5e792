using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>Storing, pushing and popping selectors; far pointers; the shadow of a stack switch.</summary>
[Manual("2B", "4.3", "MOV—Move")]
public class SegmentMoveTests
{
    [Fact]
    public void A_selector_is_stored_zero_extended_to_registers_and_as_a_word_to_memory()
    {
        using Guest guest = new GuestBuilder(GuestMode.Protected).Code(a =>
        {
            a.mov(eax, -1);
            a.mov(ebx, -1);
            a.mov(eax, ds);
            a.mov(bx, ds);
            a.mov(__dword_ptr[GuestLayout.Data], -1);
            a.mov(__word_ptr[GuestLayout.Data], ds);
        }).Load();
        Assert.Null(Faults.Of(guest));
        Assert.Equal((GuestLayout.KernelData, 0xFFFF_0000ul | GuestLayout.KernelData), (guest.Processor[0], guest.Processor[3]));
        Assert.Equal(0xFFFF_0000 | GuestLayout.KernelData, guest.Computer.Memory.Read<uint>(new PhysicalAddress(GuestLayout.Data)));
    }

    [Fact]
    public void CS_cannot_be_loaded_by_MOV() => Assert.Equal(Faults.InvalidOpcode, Faults.Of(0, a => a.db(0x8E, 0xC8)));

    [Theory]
    [InlineData(GuestMode.Protected, 0x90, 4)]
    [InlineData(GuestMode.Protected, 0x66, 2)]
    [InlineData(GuestMode.Long, 0x90, 8)]
    [InlineData(GuestMode.Long, 0x66, 2)]
    [InlineData(GuestMode.Real, 0x90, 2)]
    [InlineData(GuestMode.Real, 0x66, 4)]
    [Manual("2B", "4.3", "PUSH—Push Word, Doubleword, or Quadword Onto the Stack")]
    [Manual("2B", "4.3", "POP—Pop a Value From the Stack")]
    public void A_segment_register_takes_a_stack_slot_of_the_operand_size(GuestMode mode, byte prefix, int slot)
    {
        using Guest guest = new GuestBuilder(mode).Code(a => { a.db(prefix, 0x0F, 0xA0); a.nop(); a.db(prefix, 0x0F, 0xA9); }).Load();
        int steps = prefix == 0x90 ? 2 : 1;
        ulong before = guest.Processor[4];
        Assert.Null(Faults.Of(guest, steps));
        Assert.Equal(before - (uint)slot, guest.Processor[4]);
        Assert.Null(Faults.Of(guest));
        Assert.Equal(before, guest.Processor[4]);
    }

    [Fact]
    [Manual("2B", "4.3", "POP—Pop a Value From the Stack")]
    public void A_refused_POP_leaves_the_stack_pointer()
    {
        using Guest guest = new GuestBuilder(GuestMode.Protected).Code(a => { a.push(0); a.pop(ss); }).Handler(13, HandlerEnd.Halt).Load();
        ulong before = guest.Processor[4];
        Assert.Equal(Faults.ProtectionZero, Faults.Of(guest));
        guest.Run(100);
        Assert.Equal(before - 4 - 16, guest.Log.Single().FrameAddress);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [Manual("2A", "3.3", "LDS/LES/LFS/LGS/LSS—Load Far Pointer")]
    public void A_far_pointer_loads_a_segment_register_and_an_offset(int segment)
    {
        using Guest guest = Pointer(segment, GuestLayout.KernelData);
        guest.Processor.SetSegment(SegmentName.Es, guest.Processor.Segment(SegmentName.Es) with { Selector = 0x99 });
        Assert.Null(Faults.Of(guest));
        Assert.Equal((0x1234_5678ul, GuestLayout.KernelData), (guest.Processor[3], guest.Processor.Segment((SegmentName)segment).Selector));
    }

    [Fact]
    public void A_far_pointer_with_a_bad_selector_loads_neither()
    {
        using Guest guest = Pointer(0, GuestLayout.TssSelector);
        Assert.Equal(Faults.Protection(GuestLayout.TssSelector), Faults.Of(guest));
        Assert.Equal(0ul, guest.Processor[3]);
    }

    [Fact]
    [Manual("3A", "6.8.3", "Masking Exceptions and Interrupts When Switching Stacks")]
    public void MOV_SS_and_POP_SS_cast_a_shadow_and_MOV_DS_and_LSS_do_not()
    {
        Assert.Equal(InterruptShadow.MovSs, ShadowAfter(2, a => { a.mov(eax, ss); a.mov(ss, ax); }));
        Assert.Equal(InterruptShadow.MovSs, ShadowAfter(2, a => { a.push(ss); a.pop(ss); }));
        Assert.Equal(InterruptShadow.None, ShadowAfter(2, a => { a.mov(eax, ds); a.mov(ds, ax); }));
        Assert.Equal(InterruptShadow.None, ShadowAfter(3, a => { a.mov(__word_ptr[GuestLayout.Data + 4], ss); a.mov(__dword_ptr[GuestLayout.Data], esp); a.lss(esp, __fword_ptr[GuestLayout.Data]); }));
    }

    private static InterruptShadow ShadowAfter(ulong instructions, Action<Iced.Intel.Assembler> code)
    {
        using Guest guest = new GuestBuilder(GuestMode.Protected).Code(code).Load();
        guest.Run(instructions);
        return guest.Processor.Shadow;
    }

    private static Guest Pointer(int segment, ushort selector)
    {
        byte[] opcode = segment switch { 0 => [0xC4], 3 => [0xC5], 2 => [0x0F, 0xB2], 4 => [0x0F, 0xB4], _ => [0x0F, 0xB5] };
        return new GuestBuilder(GuestMode.Protected).Bytes(GuestLayout.Data, 0x78, 0x56, 0x34, 0x12, (byte)selector, (byte)(selector >> 8))
            .Code(a => a.db([.. opcode, 0x1D, .. BitConverter.GetBytes(GuestLayout.Data)])).Load();
    }
}
