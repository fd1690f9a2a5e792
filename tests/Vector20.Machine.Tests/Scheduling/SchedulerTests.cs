using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Platform;
using Vector20.Machine.Scheduling;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Scheduling;

/// <summary>Turns, time, and how runs end.</summary>
public class SchedulerTests
{
    private const uint Shared = GuestLayout.Data, PerProcessor = GuestLayout.Data + 0x1000;

    [Fact]
    public void The_same_seed_gives_the_same_run_whatever_the_block_length_and_another_seed_another()
    {
        byte[] first = Race(seed: 1, blockLength: 64);
        Assert.Equal(first, Race(seed: 1, blockLength: 64));
        Assert.Equal(first, Race(seed: 1, blockLength: 1));
        Assert.Equal(first, Race(seed: 1, blockLength: 7));
        Assert.NotEqual(first, Race(seed: 2, blockLength: 64));
    }

    [Fact]
    public void A_run_cut_into_pieces_is_the_same_run()
    {
        byte[] whole = Race(seed: 1, blockLength: 64);
        Assert.Equal(whole, Race(seed: 1, blockLength: 64, piece: 37));
        Assert.Equal(whole, Race(seed: 1, blockLength: 3, piece: 1000));
    }

    [Fact]
    public void No_processor_sees_time_go_back_from_what_another_saw()
    {
        using Guest guest = Load(2, a =>
        {
            Label loop = a.CreateLabel(), error = a.CreateLabel();
            a.Label(ref loop);
            a.mov(rbx, __qword_ptr[(long)Shared]);
            a.rdtsc();
            a.shl(rdx, 32);
            a.or(rax, rdx);
            a.cmp(rax, rbx);
            a.jb(error);
            a.mov(__qword_ptr[(long)Shared], rax);
            a.jmp(loop);
            a.Label(ref error);
            a.Exit(1);
        });
        Assert.Equal(RunEnd.Limit, guest.Computer.Run(200_000).End);
        Assert.True(guest.Computer.Memory.Read<ulong>(new PhysicalAddress(Shared)) > 100_000);
    }

    [Fact]
    public void A_processor_that_waits_for_SIPI_costs_no_time()
    {
        using Guest guest = Load(1, Count, processors: 4);
        guest.Computer.Run(1000);
        Assert.Equal(500ul, guest.Processor[0]);
    }

    [Fact]
    public void Two_that_run_share_the_time()
    {
        using Guest guest = Load(2, Count);
        guest.Computer.Run(100_000);
        ulong first = guest.Processor[0], second = guest.Computer.Processors[1][0];
        Assert.InRange(first + second, 49_990ul, 50_000ul);
        Assert.InRange(first, 23_000ul, 27_000ul);
    }

    [Fact]
    public void The_limit_is_exact()
    {
        using Guest guest = Load(1, Count);
        for (uint i = 1; i <= 50; i++)
        {
            RunResult result = guest.Computer.Run(i);
            Assert.Equal((RunEnd.Limit, i * (i + 1) / 2), (result.End, result.Time));
        }
    }

    [Fact]
    public void PAUSE_gives_the_turn_away()
    {
        Assert.True(SpinTime(pause: true) < SpinTime(pause: false) * 3 / 4);

        static ulong SpinTime(bool pause)
        {
            using Guest guest = Load(2, a =>
            {
                Label worker = a.CreateLabel(), spin = a.CreateLabel(), work = a.CreateLabel();
                a.test(r8d, r8d);
                a.jnz(worker);
                a.Label(ref spin);
                if (pause) a.pause();
                a.cmp(__dword_ptr[Shared], 0);
                a.je(spin);
                a.Exit(0);
                a.Label(ref worker);
                a.mov(ecx, 20_000);
                a.Label(ref work);
                a.dec(ecx);
                a.jnz(work);
                a.mov(__dword_ptr[Shared], 1);
                a.hlt();
            });
            RunResult result = guest.Computer.Run(1_000_000);
            Assert.Equal(RunEnd.ExitPort, result.End);
            return result.Time;
        }
    }

    [Fact]
    public void When_all_halt_with_interrupts_off_the_run_is_over_even_if_a_timer_runs()
    {
        using Guest guest = Load(1, a =>
        {
            a.cli();
            a.mov(al, 0x34);
            a.@out(0x43, al);
            a.@out(0x40, al);
            a.@out(0x40, al);
        });
        RunResult result = guest.Computer.Run(1_000_000_000);
        Assert.Equal(RunEnd.AllHalted, result.End);
        Assert.InRange(result.Time, 5ul, 10ul);
    }

    [Fact]
    public void A_triple_fault_ends_the_run()
    {
        using Guest guest = Load(1, a =>
        {
            a.lidt(__[Shared]);
            a.ud2();
        });
        RunResult result = guest.Computer.Run(1000);
        Assert.Equal((RunEnd.Shutdown, 0), (result.End, result.Processor));
    }

    [Fact]
    public void The_exit_port_ends_the_run_after_its_instruction()
    {
        using Guest guest = Load(1, a => a.Exit(5));
        RunResult result = guest.Computer.Run(1000);
        Assert.Equal((RunEnd.ExitPort, 11, 2ul), (result.End, result.Code, result.Time));
    }

    [Fact]
    public void What_is_not_implemented_ends_the_run_and_is_named()
    {
        using Guest guest = Load(1, a => a.WriteMsr(0x830, (ulong)Machine.Apic.DeliveryMode.Smi << 8), enable: true);
        RunResult result = guest.Computer.Run(1000);
        Assert.Equal(RunEnd.Unsupported, result.End);
        Assert.Contains("system-management mode", result.What);
    }

    [Fact]
    public void Halting_until_the_farthest_deadline_ends_at_the_limit_of_time()
    {
        using Guest guest = Load(1, a =>
        {
            a.WriteMsr(0x832, 2 << 17 | 0x40);
            a.WriteMsr(0x6E0, ulong.MaxValue - 5);
            a.sti();
        }, enable: true);
        RunResult result = guest.Computer.Run();
        Assert.Equal((RunEnd.Limit, 1ul << 63), (result.End, result.Time));
        Assert.Equal(result, guest.Computer.Run());
    }

    [Fact]
    public void A_run_can_be_cancelled()
    {
        using Guest guest = Load(1, Count);
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
        Assert.Equal(RunEnd.Cancelled, guest.Computer.Run(cancellation: source.Token).End);
    }

    private static void Count(Assembler a)
    {
        Label loop = a.CreateLabel();
        a.Label(ref loop);
        a.inc(rax);
        a.jmp(loop);
    }

    /// <summary>Four processors take tickets from one counter; each keeps a sum of its own that depends on every ticket.</summary>
    private static byte[] Race(ulong seed, int blockLength, ulong piece = ulong.MaxValue)
    {
        using Guest guest = Load(4, a =>
        {
            Label loop = a.CreateLabel();
            a.Label(ref loop);
            a.mov(eax, 1);
            a.@lock.xadd(__dword_ptr[Shared], eax);
            a.imul(ebx, ebx, 31);
            a.add(ebx, eax);
            a.mov(__dword_ptr[r8 * 8 + (int)PerProcessor], ebx);
            a.test(eax, 0x1FF);
            a.jnz(loop);
            a.pause();
            a.jmp(loop);
        }, options: new ComputerOptions { Seed = seed, BlockLength = blockLength });
        const ulong time = 60_000;
        while (guest.Computer.Now < time) guest.Computer.Run(Math.Min(piece, time - guest.Computer.Now));
        var state = new byte[0x1100];
        guest.Computer.Memory.Read(new PhysicalAddress(Shared), state);
        return [.. state, .. guest.Computer.Processors.SelectMany(p => BitConverter.GetBytes(p.InstructionPointer))];
    }

    /// <summary>A guest on a PC whose first processors all start in the same code, with their number in R8.</summary>
    private static Guest Load(int running, Action<Assembler> code, int processors = 0, bool enable = false, ComputerOptions? options = null)
    {
        options = (options ?? new ComputerOptions()) with { MemorySize = 4 << 20, Processors = Math.Max(processors, running) };
        Guest guest = new GuestBuilder().Code(a =>
        {
            if (enable) a.EnableX2Apic();
            code(a);
        }).Load(options);
        StandardPc.AddTo(guest.Computer);
        for (int i = 0; i < running; i++)
        {
            guest.Enter(guest.Computer.Processors[i]);
            guest.Computer.Processors[i][8] = (ulong)i;
        }

        return guest;
    }
}
