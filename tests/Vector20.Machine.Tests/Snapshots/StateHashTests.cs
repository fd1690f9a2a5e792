using System.Reflection;
using Vector20.Machine.Apic;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Snapshots;
using Vector20.Machine.Vmx;
using Vector20.Testing;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Snapshots;

/// <summary>Equal hashes mean equal futures: a run is determined to the last bit, and every bit of state counts.</summary>
public class StateHashTests
{
    private static readonly string[] s_notStateOfVmx = ["Vmcs", "Handler", "AssistedMemory", "FailedControl", "FailedRule"];

    [Fact]
    public void Every_field_of_a_processor_counts()
    {
        foreach (FieldInfo field in StateFields.Of(typeof(Processor), StateFields.NotOfProcessor)) AssertCounts(c => c.Processors[0], field);
        foreach (FieldInfo field in StateFields.Of(typeof(VmxState), s_notStateOfVmx)) AssertCounts(c => c.Processors[0].Vmx, field);
        foreach (FieldInfo field in StateFields.Of(typeof(Vmcs))) AssertCounts(c => c.Processors[0].Vmx.Vmcs, field);
        AssertCounts(c => Owned(c.Processors[0]), typeof(ExtendedRegisters).GetField("File")!);
        AssertCounts(c => c.Processors[0].Apic, typeof(LocalApic).GetField("State", BindingFlags.Instance | BindingFlags.NonPublic)!);
    }

    private static ExtendedRegisters Owned(Processor p)
    {
        p.OwnExtended();
        return p.Extended;
    }

    [Fact]
    public void Every_byte_of_memory_counts_and_a_page_of_zeros_is_one_whether_written_or_not()
    {
        using var pool = new FramePool();
        using var computer = new Computer(new ComputerOptions { MemorySize = 1 << 20 }, pool);
        UInt128 before = StateHash.Of(computer);
        computer.Memory.Write(new PhysicalAddress(0xF_FFFF), (byte)1);
        Assert.NotEqual(before, StateHash.Of(computer));
        computer.Memory.Write(new PhysicalAddress(0xF_FFFF), (byte)0);
        Assert.Equal(before, StateHash.Of(computer));
    }

    [Fact]
    public void Time_counts_if_it_is_to()
    {
        using var pool = new FramePool();
        using var computer = new Computer(new ComputerOptions { MemorySize = 1 << 20 }, pool);
        UInt128 with = StateHash.Of(computer), without = StateHash.Of(computer, includeTime: false);
        computer.Scheduler.State.Time++;
        Assert.NotEqual(with, StateHash.Of(computer));
        Assert.Equal(without, StateHash.Of(computer, includeTime: false));
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(7), InlineData(64)]
    public void The_same_run_gives_the_same_hash_whatever_the_length_of_blocks(int blockLength)
    {
        Assert.Equal(HashOfRun(64, 1, 2, 5000), HashOfRun(blockLength, 1, 2, 5000));
        Assert.Equal(HashOfRun(64, 1, 2, 4999), HashOfRun(blockLength, 1, 2, 4999));
    }

    [Fact]
    public void A_run_cut_in_two_and_forked_in_between_gives_the_same_hash()
    {
        using Guest guest = TwoProcessors(64, 1, 2);
        guest.Computer.Run(1234, TestContext.Current.CancellationToken);
        using Computer fork = guest.Computer.Fork();
        fork.Run(5000 - 1234, TestContext.Current.CancellationToken);
        Assert.Equal(HashOfRun(64, 1, 2, 5000), StateHash.Of(fork));
    }

    [Fact]
    public void Another_seed_gives_two_processors_another_schedule() =>
        Assert.NotEqual(HashOfRun(64, 1, 2, 5000), HashOfRun(64, 2, 2, 5000));

    private static UInt128 HashOfRun(int blockLength, ulong seed, int processors, ulong ticks)
    {
        using Guest guest = TwoProcessors(blockLength, seed, processors);
        guest.Computer.Run(ticks, TestContext.Current.CancellationToken);
        return StateHash.Of(guest.Computer);
    }

    /// <summary>Processors that count in the same memory, without locks, one of them in code that it rewrites.</summary>
    private static Guest TwoProcessors(int blockLength, ulong seed, int processors)
    {
        Guest guest = new GuestBuilder(GuestMode.Long).Code(a =>
        {
            Iced.Intel.Label loop = a.CreateLabel(), rewritten = a.CreateLabel();
            a.mov(rbx, GuestLayout.Data);
            a.lea(rsi, __[rewritten]);
            a.Label(ref loop);
            a.mov(rax, __qword_ptr[rbx]);
            a.inc(rax);
            a.mov(__qword_ptr[rbx], rax);
            a.mov(__byte_ptr[rsi + 1], al);
            a.Label(ref rewritten);
            a.mov(cl, 0);
            a.add(rdx, rcx);
            a.jmp(loop);
        }).Load(new ComputerOptions { MemorySize = 2 << 20, BlockLength = blockLength, Seed = seed, Processors = processors });
        for (int i = 1; i < processors; i++) guest.Enter(guest.Computer.Processors[i]);
        return guest;
    }

    private static void AssertCounts(Func<Computer, object> holder, FieldInfo field)
    {
        using var pool = new FramePool();
        using var computer = new Computer(new ComputerOptions { MemorySize = 1 << 20 }, pool);
        UInt128 before = StateHash.Of(computer);
        StateFields.Change(holder(computer), field);
        Assert.True(before != StateHash.Of(computer), $"{field.DeclaringType!.Name}.{StateFields.NameOf(field)} does not count");
    }
}
