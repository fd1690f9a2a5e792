using Iced.Intel;
using Vector20.Machine.Apic;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Platform;
using Vector20.Machine.Processors;
using Vector20.Machine.Scheduling;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Scheduling;

/// <summary>Interrupts from their sources to a guest's handlers, in machine code.</summary>
public class InterruptGuestTests
{
    private const uint Answer = GuestLayout.Data;

    [Fact]
    [Manual("3A", "11.5.4", "APIC Timer")]
    public void The_APIC_timer_interrupts_at_its_tick_and_wakes_a_halted_processor()
    {
        foreach (int blockLength in (ReadOnlySpan<int>)[1, 64])
        {
            using Guest guest = Load(a =>
            {
                a.EnableX2Apic();
                a.WriteMsr(0x83E, 0xB);
                a.WriteMsr(0x832, 0x40);
                a.WriteMsr(0x838, 10_000_000);
                a.sti();
            }, a =>
            {
                a.rdtsc();
                a.mov(__dword_ptr[Answer], eax);
                a.Exit(1);
            }, 0x40, new ComputerOptions { BlockLength = blockLength });
            ulong started = 0;
            while (guest.Processor.Apic.State.TimerCount == 0)
            {
                guest.Computer.Run(1);
                started = guest.Computer.Now;
            }

            // The timer counts the crystal of 25 MHz: 80 ticks at 2 GHz.
            RunResult result = guest.Computer.Run(2_000_000_000);
            Assert.Equal(RunEnd.ExitPort, result.End);
            // The initial count was written one tick before; delivery takes a tick, and RDTSC reads the time before it executes.
            Assert.Equal((uint)(started - 1 + 80 * 10_000_000 + 1), guest.Computer.Memory.Read<uint>(new PhysicalAddress(Answer)));
        }
    }

    [Fact]
    [Manual("3A", "9.4.4", "MP Initialization Example")]
    public void INIT_and_SIPI_start_the_other_processors_in_the_page_named()
    {
        using Guest guest = new GuestBuilder().Code(a =>
        {
            a.EnableX2Apic();
            a.WriteMsr(0x830, InterruptCommand.MakeX2(DeliveryMode.Init, 0, DestinationShorthand.AllExcludingSelf).Value);
            a.WriteMsr(0x830, InterruptCommand.MakeX2(DeliveryMode.StartUp, 0x60, DestinationShorthand.AllExcludingSelf).Value);
            // A second start-up IPI finds nobody waiting.
            a.WriteMsr(0x830, InterruptCommand.MakeX2(DeliveryMode.StartUp, 0x61, DestinationShorthand.AllExcludingSelf).Value);
        })
            // 60000H: xor ax, ax; mov ds, ax; lock inc byte [7000H]; hlt
            .Bytes(0x6_0000, 0x31, 0xC0, 0x8E, 0xD8, 0xF0, 0xFE, 0x06, 0x00, 0x70, 0xF4)
            .Load(new ComputerOptions { MemorySize = 4 << 20, Processors = 4 });
        Assert.Equal(RunEnd.AllHalted, guest.Computer.Run(10_000).End);
        Assert.Equal(3, guest.Computer.Memory.Read<byte>(new PhysicalAddress(0x7000)));
        Assert.All(guest.Computer.Processors.Skip(1), p => Assert.Equal((0x6000, 10ul), (p.Segment(SegmentName.Cs).Selector, p.InstructionPointer)));
    }

    [Fact]
    public void Two_processors_answer_each_other_by_IPIs()
    {
        using Guest guest = new GuestBuilder().Code(a =>
        {
            Label wait = a.CreateLabel();
            a.EnableX2Apic();
            a.sti();
            a.test(r8d, r8d);
            a.jnz(wait);
            // The other one needs some time to come up.
            Label delay = a.CreateLabel();
            a.mov(ecx, 3000);
            a.Label(ref delay);
            a.dec(ecx);
            a.jnz(delay);
            a.WriteMsr(0x830, InterruptCommand.MakeX2(DeliveryMode.Fixed, 0x40, DestinationShorthand.AllExcludingSelf).Value);
            a.Label(ref wait);
            a.hlt();
            a.jmp(wait);
        }).OwnHandler(0x40, a =>
        {
            Label more = a.CreateLabel();
            a.@lock.inc(__dword_ptr[Answer]);
            a.cmp(__dword_ptr[Answer], 100);
            a.jb(more);
            a.Exit(0);
            a.Label(ref more);
            a.WriteMsr(0x80B, 0);
            a.WriteMsr(0x830, InterruptCommand.MakeX2(DeliveryMode.Fixed, 0x40, DestinationShorthand.AllExcludingSelf).Value);
            a.iretq();
        }).Load(new ComputerOptions { MemorySize = 4 << 20, Processors = 2 });
        StandardPc.AddTo(guest.Computer);
        guest.Enter(guest.Computer.Processors[1]);
        guest.Computer.Processors[1][8] = 1;
        RunResult result = guest.Computer.Run(1_000_000);
        Assert.Equal(RunEnd.ExitPort, result.End);
        // An IPI ends the sender's turn when it wakes an idle processor: no answer waits for a turn to end.
        Assert.True(result.Time < 20_000);
    }

    [Fact]
    public void The_8254_interrupts_through_the_8259_and_LINT0()
    {
        using Guest guest = Load(a =>
        {
            InitializePics(a);
            a.EnableX2Apic();
            a.WriteMsr(0x835, (ulong)DeliveryMode.ExtInt << 8);
            StartTimer(a);
            a.sti();
        }, a => a.Exit(3), 0x20);
        RunResult result = guest.Computer.Run(10_000_000);
        Assert.Equal((RunEnd.ExitPort, 7), (result.End, result.Code));
    }

    [Fact]
    public void The_8254_interrupts_through_the_IO_APIC()
    {
        using Guest guest = Load(a =>
        {
            a.EnableX2Apic();
            a.sti();
        }, a => a.Exit(3), 0x51);
        IoApic ioApic = guest.Computer.Pc!.IoApic;
        ioApic.WriteMemory(0, 4, 0x14);
        ioApic.WriteMemory(0x10, 4, 0x51);
        foreach ((ushort port, byte value) in (ReadOnlySpan<(ushort, byte)>)[(0x43, 0x34), (0x40, 0xFF), (0x40, 0xFF)]) guest.Computer.Devices.WritePort(port, 1, value);
        Assert.Equal(RunEnd.ExitPort, guest.Computer.Run(1_000_000_000).End);
    }

    [Fact]
    [Manual("3A", "6.7.1", "Handling Multiple NMIs")]
    public void Several_NMIs_that_wait_are_one()
    {
        using Guest guest = Load(a =>
        {
            a.EnableX2Apic();
            for (int i = 0; i < 3; i++) a.WriteMsr(0x830, InterruptCommand.MakeX2(DeliveryMode.Nmi, 0, destination: 0).Value);
        }, a =>
        {
            Label second = a.CreateLabel();
            a.inc(__dword_ptr[Answer]);
            a.cmp(__dword_ptr[Answer], 1);
            a.jne(second);
            // In the handler: two more, which are one afterwards.
            for (int i = 0; i < 2; i++) a.WriteMsr(0x830, InterruptCommand.MakeX2(DeliveryMode.Nmi, 0, destination: 0).Value);
            a.Label(ref second);
            a.iretq();
        }, 2);
        guest.Computer.Run(10_000);
        Assert.Equal(4u, guest.Computer.Memory.Read<uint>(new PhysicalAddress(Answer)));
    }

    [Fact]
    [Manual("3A", "11.4.5", "Relocating the Local APIC Registers")]
    public void The_register_page_can_be_moved_over_memory_that_was_just_used()
    {
        const uint Page = Answer + 0x1000;
        using Guest guest = Load(a =>
        {
            a.mov(__dword_ptr[Page + 0x30], 0x1234);
            a.mov(ebx, __dword_ptr[Page + 0x30]);
            a.WriteMsr(0x1B, Page | ApicBase.Enable);
            a.mov(eax, __dword_ptr[Page + 0x30]);
            a.mov(__dword_ptr[Page + 0x80], 0x20);
        }, a => a.hlt(), 0x40);
        guest.Run();
        Assert.Equal((0x0106_0015u, 0x1234u), ((uint)guest.Processor[0], (uint)guest.Processor[3]));
        Assert.Equal(0x20, guest.Processor.Apic.TaskPriority);
        Assert.Equal(0x1234u, guest.Computer.Memory.Read<uint>(new PhysicalAddress(Page + 0x30)));
    }

    private static Guest Load(Action<Assembler> code, Action<Assembler> handler, int vector, ComputerOptions? options = null)
    {
        Guest guest = new GuestBuilder().Code(code).OwnHandler(vector, handler)
            .Load((options ?? new ComputerOptions()) with { MemorySize = 4 << 20 });
        StandardPc.AddTo(guest.Computer);
        return guest;
    }

    private static void InitializePics(Assembler a)
    {
        foreach ((byte port, byte value) in (ReadOnlySpan<(byte, byte)>)[(0x20, 0x11), (0x21, 0x20), (0x21, 4), (0x21, 1), (0x21, 0xFE)]) Out(a, port, value);
    }

    private static void StartTimer(Assembler a)
    {
        foreach ((byte port, byte value) in (ReadOnlySpan<(byte, byte)>)[(0x43, 0x34), (0x40, 0x00), (0x40, 0x10)]) Out(a, port, value);
    }

    private static void Out(Assembler a, byte port, byte value)
    {
        a.mov(al, value);
        a.@out(port, al);
    }
}
