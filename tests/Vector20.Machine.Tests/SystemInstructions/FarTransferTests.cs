using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>Far JMP, CALL and RET without gates.</summary>
[Manual("3A", "5.8.1", "Direct Calls or Jumps to Code Segments")]
public class FarTransferTests
{
    private const ushort Own = GuestLayout.FreeSelector;
    private const ulong Flat = 0x00CF_0000_0000_FFFF;
    private const uint Pointer = GuestLayout.Data;

    /// <summary>Access byte, CPL, RPL, vector expected.</summary>
    public static TheoryData<byte, int, int, byte> CodeSegments => new()
    {
        { 0x9A, 0, 0, 0 },
        { 0x98, 0, 0, 0 },
        { 0x1A, 0, 0, 11 },
        { 0x92, 0, 0, 13 },
        { 0x9A, 3, 3, 13 },
        { 0xFA, 3, 3, 0 },
        { 0xFA, 3, 0, 0 },
        { 0xFA, 0, 0, 13 },
        { 0x9A, 0, 3, 13 },
        { 0x9E, 3, 3, 0 },
        { 0xFE, 0, 0, 13 },
        { 0x82, 0, 0, 13 },
    };

    [Theory, MemberData(nameof(CodeSegments))]
    [Manual("3A", "5.8", "Privilege Level Checking When Transferring Program Control Between Code Segments")]
    public void A_far_jump_and_call_keep_the_privilege_level(byte access, int cpl, int rpl, byte vector)
    {
        foreach (bool call in (bool[])[false, true])
        {
            using Guest guest = Transfer(access, cpl, (ushort)(Own | rpl), call);
            Event? fault = Faults.Of(guest);
            Assert.Equal(vector == 0 ? null : Event.Exception((ExceptionVector)vector, Own), fault);
            if (vector == 0) Assert.Equal((Own | cpl, cpl), (guest.Processor.Segment(SegmentName.Cs).Selector, guest.Processor.Cpl));
        }
    }

    [Fact]
    public void A_jump_beyond_the_limit_of_the_target_is_a_protection_fault_in_the_caller()
    {
        using Guest guest = new GuestBuilder(GuestMode.Protected).Descriptor(Own, 0x0040_9A00_0000_0FFF)
            .Code(a => { WritePointer(a, Own, 0x1000); a.jmp(__fword_ptr[Pointer]); }).Load();
        Assert.Equal(Faults.ProtectionZero, Faults.Of(guest));
        Assert.Equal(GuestLayout.KernelCode, guest.Processor.Segment(SegmentName.Cs).Selector);
    }

    [Fact]
    [Manual("2A", "3.3", "CALL—Call Procedure")]
    public void A_far_call_and_return_meet_again()
    {
        using Guest guest = new GuestBuilder(GuestMode.Protected).Code(a =>
        {
            Label over = a.CreateLabel();
            a.mov(ebp, esp);
            WritePointer(a, GuestLayout.KernelCode, GuestLayout.Code + 0x100);
            a.push(1);
            a.push(2);
            a.call(__fword_ptr[Pointer]);
            a.jmp(over);
            CodePadding.To(a, 0x100);
            a.mov(eax, __dword_ptr[esp + 4]);
            a.retf(8);
            a.Label(ref over);
            a.nop();
        }).Load();
        Assert.Null(Faults.Of(guest));
        Assert.Equal(GuestLayout.KernelCode, (uint)guest.Processor[0]);
        Assert.Equal(guest.Processor[5], guest.Processor[4]);
    }

    [Theory]
    [InlineData(GuestLayout.UserCode32, GuestLayout.UserData, 0)]
    [InlineData(GuestLayout.UserCode32, GuestLayout.KernelData, 13)]
    [InlineData(GuestLayout.UserCode32 & ~3 | 1, GuestLayout.UserData, 13)]
    [InlineData(GuestLayout.UserCode32, 0, 13)]
    [Manual("3A", "5.8.6", "Returning from a Called Procedure")]
    public void A_far_return_reaches_an_outer_level_with_its_own_stack(ushort code, ushort stack, byte vector)
    {
        using Guest guest = new GuestBuilder(GuestMode.Protected).Code(a =>
        {
            a.push(stack);
            a.push(0x5_1000);
            a.push(code);
            a.push(GuestLayout.Code + 0x100);
            a.retf();
            CodePadding.To(a, 0x100);
            a.nop();
        }).Load();
        Event? fault = Faults.Of(guest, steps: 6);
        Assert.Equal(vector, fault?.Vector ?? 0);
        if (vector != 0) return;
        Processor p = guest.Processor;
        Assert.Equal((3, 0x5_1000ul, GuestLayout.UserData), (p.Cpl, p[4], p.Segment(SegmentName.Ss).Selector));
        Assert.True(p.Segment(SegmentName.Ds).Unusable, "DS held a segment of privilege 0");
    }

    [Fact]
    [Manual("3A", "5.8.6", "Returning from a Called Procedure")]
    public void A_far_return_never_reaches_an_inner_level() =>
        Assert.Equal(Faults.Protection(GuestLayout.KernelCode), Faults.Of(GuestMode.Protected, 3, a =>
        {
            a.push(GuestLayout.KernelCode);
            a.push(GuestLayout.Code);
            a.retf();
        }));

    [Fact]
    [Manual("3B", "21.1.1", "Address Translation in Real-Address Mode")]
    public void Real_mode_jumps_to_any_paragraph()
    {
        using Guest guest = new GuestBuilder(GuestMode.Real).Code(a => a.db(0xEA, 0x34, 0x12, 0x00, 0x20)).Load();
        guest.Run(1);
        SegmentRegister code = guest.Processor.Segment(SegmentName.Cs);
        Assert.Equal((0x2000, 0x2_0000ul, 0x1234ul), (code.Selector, code.Base, guest.Processor.InstructionPointer));
    }

    [Fact]
    [Manual("3A", "5.8.1", "Direct Calls or Jumps to Code Segments")]
    public void Code_that_is_both_64_and_32_bit_is_refused_in_IA32e_mode()
    {
        void Code(Assembler a)
        {
            WritePointer(a, Own, GuestLayout.Code);
            a.jmp(__fword_ptr[Pointer]);
        }

        using Guest both = new GuestBuilder(GuestMode.Compatibility).Descriptor(Own, 0x00EF_9A00_0000_FFFF).Code(Code).Load();
        Assert.Equal(Faults.Protection(Own), Faults.Of(both));
        using Guest wide = new GuestBuilder(GuestMode.Compatibility).Descriptor(Own, 0x00AF_9A00_0000_FFFF).Code(Code).Load();
        Assert.Null(Faults.Of(wide, steps: 3));
        Assert.True(wide.Processor.Is64Bit);
    }

    [Theory]
    [InlineData(GuestMode.Protected, 0x66, 4)]
    [InlineData(GuestMode.Protected, 0x90, 8)]
    [InlineData(GuestMode.Long, 0x66, 4)]
    [InlineData(GuestMode.Long, 0x90, 8)]
    [InlineData(GuestMode.Long, 0x48, 16)]
    [Manual("2A", "3.3", "CALL—Call Procedure")]
    public void The_operand_size_of_an_indirect_far_call_is_that_of_its_offset(GuestMode mode, byte prefix, int pushed)
    {
        byte[] operand = mode == GuestMode.Long ? [0x1C, 0x25] : [0x1D];
        using Guest guest = new GuestBuilder(mode).Code(a =>
        {
            a.db([prefix, 0xFF, .. operand, .. BitConverter.GetBytes(Pointer)]);
            CodePadding.To(a, 0x100);
            a.nop();
        }).Load();
        int size = pushed / 2;
        guest.Computer.Memory.Write(new PhysicalAddress(Pointer), (ulong)(GuestLayout.Code + 0x100));
        guest.Computer.Memory.Write(new PhysicalAddress(Pointer + (uint)size), GuestLayout.KernelCode);
        ulong before = guest.Processor[4];
        Assert.Null(Faults.Of(guest, steps: prefix == 0x90 ? 2 : 1));
        Assert.Equal((before - (uint)pushed, GuestLayout.Code + 0x100ul), (guest.Processor[4], guest.Processor.InstructionPointer));
    }

    private static Guest Transfer(byte access, int cpl, ushort selector, bool call) =>
        new GuestBuilder(GuestMode.Protected, cpl).Descriptor(Own, Flat | (ulong)access << 40).Code(a =>
        {
            WritePointer(a, selector, GuestLayout.Code + 0x100);
            if (call) a.call(__fword_ptr[Pointer]);
            else a.jmp(__fword_ptr[Pointer]);
            a.ud2();
            CodePadding.To(a, 0x100);
            a.nop();
        }).Load();

    private static void WritePointer(Assembler a, ushort selector, uint offset)
    {
        a.mov(__dword_ptr[Pointer], offset);
        a.mov(__word_ptr[Pointer + 4], selector);
    }
}
