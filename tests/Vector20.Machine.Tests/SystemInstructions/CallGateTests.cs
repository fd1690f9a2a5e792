using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>Call gates of 16, 32 and 64 bits.</summary>
[Manual("3A", "5.8.3", "Call Gates")]
public class CallGateTests
{
    private const ushort GateSelector = GuestLayout.FreeSelector;
    private const uint Pointer = GuestLayout.Data;
    private const uint Target = GuestLayout.Handlers;

    private static ulong Gate(int type, int dpl, ushort code, int parameters = 0, bool present = true) =>
        Target & 0xFFFF | (ulong)code << 16 | (ulong)parameters << 32 | (ulong)type << 40 | (ulong)dpl << 45 | (present ? 1ul << 47 : 0) | (ulong)(Target >> 16) << 48;

    [Theory]
    [InlineData(3, GuestLayout.KernelCode, true, 3, 0, 0u)]
    [InlineData(0, GuestLayout.KernelCode, true, 3, 13, GateSelector)]
    [InlineData(2, GuestLayout.KernelCode, true, 3, 13, GateSelector)]
    [InlineData(3, GuestLayout.KernelCode, false, 3, 11, GateSelector)]
    [InlineData(3, 0, true, 3, 13, 0u)]
    [InlineData(3, GuestLayout.KernelData, true, 3, 13, GuestLayout.KernelData)]
    [InlineData(3, GuestLayout.UserCode32, true, 0, 13, 0x18u)]
    [Manual("3A", "5.8.4", "Accessing a Code Segment Through a Call Gate")]
    public void A_call_gate_leads_to_more_privileged_code_if_its_own_DPL_allows(int dpl, ushort code, bool present, int cpl, byte vector, uint error)
    {
        using Guest guest = new GuestBuilder(GuestMode.Protected, cpl).Descriptor(GateSelector, Gate(12, dpl, code, 0, present))
            .OwnHandler(0, a => a.hlt()).Code(a => Call(a, cpl)).Load();
        Event? fault = Faults.Of(guest, steps: 3);
        Assert.Equal(vector == 0 ? null : Event.Exception((ExceptionVector)vector, error), fault);
    }

    [Fact]
    [Manual("3A", "5.8.5", "Stack Switching")]
    public void An_inter_privilege_call_copies_parameters_to_the_stack_of_the_TSS()
    {
        using Guest guest = new GuestBuilder(GuestMode.Protected, 3).Descriptor(GateSelector, Gate(12, 3, GuestLayout.KernelCode, parameters: 2))
            .OwnHandler(0, a => { a.pop(eax); a.pop(ebx); a.pop(ecx); a.pop(edx); a.pop(esi); a.pop(edi); a.hlt(); })
            .Code(a => { a.push(0x111); a.push(0x222); Call(a, 3); }).Load();
        ulong callerStack = guest.Processor[4] - 8;
        Assert.Null(Faults.Of(guest, steps: 11));
        Processor p = guest.Processor;
        Assert.Equal((uint)GuestLayout.UserCode32, (uint)p[3]);
        Assert.Equal((0x222ul, 0x111ul), (p[1], p[2]));
        Assert.Equal((callerStack, (ulong)GuestLayout.UserData), (p[6], p[7]));
        Assert.Equal(((ulong)GuestLayout.RingStack(0, 0), GuestLayout.KernelData, 0), (p[4], p.Segment(SegmentName.Ss).Selector, p.Cpl));
    }

    [Fact]
    public void A_16_bit_gate_pushes_words()
    {
        ulong gate = Gate(4, 3, GuestLayout.KernelCode) & 0x0000_FFFF_FFFF_0000 | GuestLayout.Code + 0x100;
        using Guest guest = new GuestBuilder(GuestMode.Protected, 3).Descriptor(GateSelector, gate).Code(a => Call(a, 3)).Load();
        Assert.Null(Faults.Of(guest, steps: 2));
        Assert.Equal(GuestLayout.RingStack(0, 0) - 8, guest.Processor[4]);
        Assert.Equal(GuestLayout.Code + 0x100ul, guest.Processor.InstructionPointer);
    }

    [Fact]
    [Manual("3A", "5.8.3.1", "IA-32e Mode Call Gates")]
    public void A_64_bit_gate_takes_16_bytes_and_leaves_a_null_SS()
    {
        using Guest guest = new GuestBuilder(GuestMode.Compatibility, 3).Descriptor(GateSelector, Gate(12, 3, GuestLayout.KernelCode)).Code(a => Call(a, 3)).Load();
        Assert.Null(Faults.Of(guest, steps: 2));
        Processor p = guest.Processor;
        Assert.Equal((true, 0, (ushort)0, GuestLayout.RingStack(0, 0) - 32ul), (p.Is64Bit, p.Cpl, p.Segment(SegmentName.Ss).Selector, p[4]));
    }

    [Fact]
    [Manual("3A", "3.5.2", "Segment Descriptor Tables in IA-32e Mode")]
    public void The_second_half_of_a_64_bit_gate_has_type_0()
    {
        using Guest guest = new GuestBuilder(GuestMode.Compatibility, 3).Descriptor(GateSelector, Gate(12, 3, GuestLayout.KernelCode))
            .Descriptor(GateSelector + 8, 1ul << 40).Code(a => Call(a, 3)).Load();
        Assert.Equal(Faults.Protection(GateSelector), Faults.Of(guest));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(9)]
    public void IA32e_mode_has_no_16_bit_gates_and_no_tasks(int type)
    {
        using Guest guest = new GuestBuilder(GuestMode.Compatibility).Descriptor(GateSelector, Gate(type, 3, GuestLayout.KernelCode)).Code(a => Call(a, 0)).Load();
        Assert.Equal(Faults.Protection(GateSelector), Faults.Of(guest));
    }

    [Fact]
    public void A_jump_through_a_gate_does_not_change_privilege()
    {
        using Guest guest = new GuestBuilder(GuestMode.Protected, 3).Descriptor(GateSelector, Gate(12, 3, GuestLayout.KernelCode))
            .Code(a => { a.mov(__word_ptr[Pointer + 4], GateSelector | 3); a.jmp(__fword_ptr[Pointer]); }).Load();
        Assert.Equal(Faults.Protection(GuestLayout.KernelCode), Faults.Of(guest));
    }

    [Theory]
    [InlineData(0u, 10, 0u)]
    [InlineData(GuestLayout.UserData, 10, 0x20u)]
    [InlineData(0x1F8u, 10, 0x1F8u)]
    public void A_stack_of_the_TSS_that_cannot_be_used_is_an_invalid_TSS(uint stack, byte vector, uint error)
    {
        using Guest guest = new GuestBuilder(GuestMode.Protected, 3).Descriptor(GateSelector, Gate(12, 3, GuestLayout.KernelCode)).Code(a => Call(a, 3)).Load();
        guest.Computer.Memory.Write(new PhysicalAddress(GuestLayout.Tss + 8), stack);
        Assert.Equal(Event.Exception((ExceptionVector)vector, error), Faults.Of(guest));
    }

    private static void Call(Assembler a, int rpl)
    {
        a.mov(__word_ptr[Pointer + 4], (ushort)(GateSelector | rpl));
        a.call(__fword_ptr[Pointer]);
    }
}
