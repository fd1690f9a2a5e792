using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>Task switches by JMP, CALL and IRET, to 32- and 16-bit tasks.</summary>
[Manual("3A", "8.3", "Task Switching")]
public class TaskSwitchTests
{
    private const ushort Task = GuestLayout.FreeSelector, TaskGate = Task + 8;
    private const uint NewTss = GuestLayout.Data + 0x1000, Pointer = GuestLayout.Data, NewCode = GuestLayout.Code + 0x100;

    [Fact]
    [Manual("3A", "8.2.1", "Task-State Segment (TSS)")]
    public void A_call_nests_the_new_task_and_IRET_returns()
    {
        using Guest guest = Build(a => Far(a, call: true), a => { a.mov(esi, 0x77); a.iretd(); }).Load();
        WriteTss(guest);
        ulong stack = guest.Processor[4];
        Assert.Null(Faults.Of(guest, steps: 2));
        Processor p = guest.Processor;
        Assert.Equal((NewCode, Task, 0x1001u, 0x5_3000u), ((uint)p.InstructionPointer, p.Tr.Selector, (uint)p[0], (uint)p[4]));
        Assert.Equal(Eflags.NT, p.Rflags & Eflags.NT);
        Assert.NotEqual(0ul, p.ControlRegister0 & Cr0.TS);
        Assert.Equal(GuestLayout.TssSelector, Read<ushort>(guest, NewTss));
        Assert.Equal((0x8B, 0x8B), (Access(guest, Task), Access(guest, GuestLayout.TssSelector)));
        Assert.Null(Faults.Of(guest));
        Assert.Equal((GuestLayout.TssSelector, stack), (p.Tr.Selector, p[4]));
        Assert.Equal((0x77u, 0x89), (Read<uint>(guest, NewTss + 0x40), Access(guest, Task)));
        Assert.Equal(0u, Read<uint>(guest, NewTss + 0x24) & Eflags.NT);
    }

    [Fact]
    [Manual("3A", "8.4.1", "Use of Busy Flag To Prevent Recursive Task Switching")]
    public void A_jump_frees_the_old_task_and_sets_no_NT()
    {
        using Guest guest = Build(a => Far(a, call: false)).Load();
        WriteTss(guest);
        Assert.Null(Faults.Of(guest, steps: 2));
        Assert.Equal((0x8B, 0x89), (Access(guest, Task), Access(guest, GuestLayout.TssSelector)));
        Assert.Equal((0ul, (ushort)0), (guest.Processor.Rflags & Eflags.NT, Read<ushort>(guest, NewTss)));
    }

    [Fact]
    [Manual("3A", "8.2.5", "Task-Gate Descriptor")]
    public void A_task_gate_leads_to_the_task_it_names()
    {
        using Guest guest = Build(a => Far(a, call: true, TaskGate)).Descriptor(TaskGate, 0x0000_8500_0000_0000 | (ulong)Task << 16).Load();
        WriteTss(guest);
        Assert.Null(Faults.Of(guest, steps: 2));
        Assert.Equal(Task, guest.Processor.Tr.Selector);
    }

    [Fact]
    [Manual("3A", "8.6", "16-Bit Task-State Segment (TSS)")]
    public void A_16_bit_task_has_16_bit_registers()
    {
        using Guest guest = Build(a => { a.mov(eax, 0x8765_4321); Far(a, call: true); }, type: 1).Load();
        var words = new ushort[22];
        words[7] = (ushort)NewCode;
        words[8] = 2;
        words[9] = 0xABCD;
        words[13] = 0x3000;
        (words[17], words[18], words[19], words[20]) = (GuestLayout.KernelData, GuestLayout.KernelCode, GuestLayout.KernelData, GuestLayout.KernelData);
        for (uint i = 0; i < 22; i++) guest.Computer.Memory.Write(new PhysicalAddress(NewTss + 2 * i), words[i]);
        Assert.Null(Faults.Of(guest, steps: 3));
        Assert.Equal((0x8765_ABCDul, (ulong)NewCode, true), (guest.Processor[0], guest.Processor.InstructionPointer, guest.Processor.Segment(SegmentName.Fs).Unusable));
    }

    /// <summary>The descriptor's type, limit, present; the vector expected in the old task.</summary>
    [Theory]
    [InlineData(11, 0x67u, true, 13)]
    [InlineData(3, 0x67u, true, 13)]
    [InlineData(2, 0x67u, true, 13)]
    [InlineData(9, 0x67u, false, 11)]
    [InlineData(9, 0x66u, true, 10)]
    [InlineData(1, 0x2Au, true, 10)]
    public void A_busy_absent_or_short_TSS_is_refused_in_the_old_task(int type, uint limit, bool present, byte vector)
    {
        using Guest guest = Build(a => Far(a, call: true), type: type, limit: limit, present: present).Load();
        WriteTss(guest);
        Assert.Equal(Event.Exception((ExceptionVector)vector, Task), Faults.Of(guest));
        Assert.Equal(GuestLayout.TssSelector, guest.Processor.Tr.Selector);
    }

    /// <summary>An offset in the new TSS, a bad selector there, and the fault of the new task.</summary>
    [Theory]
    [InlineData(0x4Cu, 0, 10, 0u)]
    [InlineData(0x4Cu, GuestLayout.KernelData, 10, GuestLayout.KernelData)]
    [InlineData(0x50u, 0, 10, 0u)]
    [InlineData(0x50u, GuestLayout.UserData, 10, 0x20u)]
    [InlineData(0x54u, GuestLayout.KernelCode | 4, 10, GuestLayout.KernelCode | 4u)]
    [InlineData(0x60u, GuestLayout.KernelData, 10, GuestLayout.KernelData)]
    public void A_bad_selector_is_a_fault_in_the_new_task(uint offset, ushort selector, byte vector, uint error)
    {
        using Guest guest = Build(a => Far(a, call: true)).Load();
        WriteTss(guest);
        guest.Computer.Memory.Write(new PhysicalAddress(NewTss + offset), selector);
        Assert.Equal(Event.Exception((ExceptionVector)vector, error), Faults.Of(guest));
        Assert.Equal(Task, guest.Processor.Tr.Selector);
    }

    [Fact]
    [Manual("3B", "18.3.1.5", "Task-Switch Exception Condition")]
    public void The_T_flag_makes_a_debug_trap_pending()
    {
        using Guest guest = Build(a => Far(a, call: true)).OwnHandler(1, a => a.hlt()).Load();
        WriteTss(guest);
        guest.Computer.Memory.Write(new PhysicalAddress(NewTss + 0x64), (ushort)1);
        guest.Run(2);
        Assert.Equal(Dr6.BT, (guest.Processor.PendingDebugTraps | guest.Processor.DebugStatus) & Dr6.BT);
    }

    [Fact]
    [Manual("3A", "8.4", "Task Linking")]
    public void IRET_to_a_task_that_is_not_busy_is_an_invalid_TSS()
    {
        using Guest guest = Build(a => a.iretd()).Flags(Eflags.NT).Load();
        guest.Computer.Memory.Write(new PhysicalAddress(GuestLayout.Tss), Task);
        Assert.Equal(Event.Exception(ExceptionVector.InvalidTss, Task), Faults.Of(guest));
    }

    private static GuestBuilder Build(Action<Assembler> code, Action<Assembler>? task = null, int type = 9, uint limit = 0x67, bool present = true) =>
        new GuestBuilder(GuestMode.Protected)
            .Descriptor(Task, limit | (ulong)NewTss << 16 | (ulong)type << 40 | (present ? 1ul << 47 : 0))
            .Code(a =>
            {
                Label end = a.CreateLabel();
                code(a);
                a.jmp(end);
                CodePadding.To(a, 0x100);
                (task ?? (t => t.nop()))(a);
                a.Label(ref end);
                a.nop();
            });

    private static void Far(Assembler a, bool call, ushort selector = Task)
    {
        a.mov(__word_ptr[Pointer + 4], selector);
        if (call) a.call(__fword_ptr[Pointer]);
        else a.jmp(__fword_ptr[Pointer]);
    }

    /// <summary>The new task's TSS; and the old task's is busy, as LTR leaves it.</summary>
    private static void WriteTss(Guest guest)
    {
        guest.Computer.Memory.Write(new PhysicalAddress(GuestLayout.Gdt + GuestLayout.TssSelector + 5), (byte)0x8B);
        void Word(uint offset, uint value) => guest.Computer.Memory.Write(new PhysicalAddress(NewTss + offset), value);
        Word(0x20, NewCode);
        Word(0x24, 2);
        Word(0x28, 0x1001);
        Word(0x38, 0x5_3000);
        foreach (uint offset in (uint[])[0x48, 0x50, 0x54, 0x58, 0x5C]) Word(offset, GuestLayout.KernelData);
        Word(0x4C, GuestLayout.KernelCode);
    }

    private static T Read<T>(Guest guest, uint address) where T : unmanaged => guest.Computer.Memory.Read<T>(new PhysicalAddress(address));

    private static int Access(Guest guest, ushort selector) => Read<byte>(guest, GuestLayout.Gdt + selector + 5u);
}
