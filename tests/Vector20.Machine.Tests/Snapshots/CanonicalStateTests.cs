using System.Reflection;
using Vector20.Machine.Apic;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Snapshots;
using Vector20.Machine.Vmx;
using Vector20.Testing;

namespace Vector20.Machine.Tests.Snapshots;

/// <summary>The canonical form leaves out what is named here, and nothing else.</summary>
public class CanonicalStateTests
{
    /// <summary>What a processor that waits at CPL 0 will write before it reads it.</summary>
    private static readonly string[] s_deadWhileIdle = ["Registers", "Flags", "Rip", "CurrentPrivilegeLevel", "ControlRegister2"];

    [Fact]
    public void Every_field_of_a_processor_counts()
    {
        foreach (FieldInfo field in StateFields.Of(typeof(Processor), StateFields.NotOfProcessor)) Assert.True(Counts(field, idle: false), field.Name);
    }

    [Fact]
    public void Of_one_that_waits_those_count_that_it_will_read()
    {
        foreach (FieldInfo field in StateFields.Of(typeof(Processor), StateFields.NotOfProcessor))
            Assert.True(Counts(field, idle: true) == !s_deadWhileIdle.Contains(StateFields.NameOf(field)), field.Name);
    }

    [Fact]
    public void So_do_the_x87_and_vector_registers()
    {
        using var pool = new FramePool();
        using var computer = new Computer(new ComputerOptions { MemorySize = 1 << 20 }, pool);
        UInt128 before = Hash(computer, idle: true);
        computer.Processors[0].OwnExtended();
        StateFields.Change(computer.Processors[0].Extended, typeof(ExtendedRegisters).GetField("File")!);
        Assert.NotEqual(before, Hash(computer, idle: true));
    }

    [Fact]
    public void Every_register_of_a_local_APIC_counts_but_the_command_register()
    {
        using var pool = new FramePool();
        using var computer = new Computer(new ComputerOptions { MemorySize = 1 << 20 }, pool);
        LocalApic apic = computer.Processors[0].Apic;
        UInt128 before = Hash(computer, idle: true);
        foreach (FieldInfo field in StateFields.Of(typeof(LocalApicState), "TimerStart"))
        {
            object state = apic.State;
            StateFields.Change(state, field);
            LocalApicState kept = apic.State;
            apic.State = (LocalApicState)state;
            Assert.True(Hash(computer, idle: true) != before == (field.Name != "InterruptCommand"), field.Name);
            apic.State = kept;
        }
    }

    [Fact]
    public void A_timer_counts_by_the_time_that_is_left()
    {
        using var pool = new FramePool();
        using var computer = new Computer(new ComputerOptions { MemorySize = 1 << 20 }, pool);
        Processor p = computer.Processors[0];
        p.Apic.State.TimerStart = 5;
        UInt128 stopped = Hash(computer, idle: true);
        p.Apic.State.TimerStart = 6;
        Assert.Equal(stopped, Hash(computer, idle: true));
        p.Apic.State.TimerCount = 100;
        UInt128 runs = Hash(computer, idle: true);
        p.Apic.State.TimerStart = 7;
        Assert.NotEqual(runs, Hash(computer, idle: true));
        p.Ticks++;
        Assert.Equal(runs, Hash(computer, idle: true));
    }

    [Fact]
    public void Pages_count_that_differ_from_the_ancestors_whatever_was_done_to_them()
    {
        using var pool = new FramePool();
        using var ancestor = new Computer(new ComputerOptions { MemorySize = 1 << 20 }, pool);
        using Computer fork = ancestor.Fork();
        UInt128 before = Pages(fork, ancestor, _ => true);
        fork.Memory.Write(new PhysicalAddress(0x5000), 1u);
        UInt128 after = Pages(fork, ancestor, _ => true);
        Assert.NotEqual(before, after);
        Assert.Equal(before, Pages(fork, ancestor, page => page != 0x5000));
        fork.Memory.Write(new PhysicalAddress(0x5000), 0u);
        Assert.Equal(before, Pages(fork, ancestor, _ => true));
    }

    private static UInt128 Pages(Computer computer, Computer ancestor, Func<ulong, bool> live)
    {
        var fingerprint = new Fingerprint();
        CanonicalState.Add(fingerprint, computer.Memory, ancestor.Memory, [], live);
        return fingerprint.Finish();
    }

    private static bool Counts(FieldInfo field, bool idle)
    {
        using var pool = new FramePool();
        using var computer = new Computer(new ComputerOptions { MemorySize = 1 << 20 }, pool);
        UInt128 before = Hash(computer, idle);
        StateFields.Change(computer.Processors[0], field);
        return before != Hash(computer, idle);
    }

    private static UInt128 Hash(Computer computer, bool idle)
    {
        var fingerprint = new Fingerprint();
        CanonicalState.Add(fingerprint, computer.Processors[0], idle);
        return fingerprint.Finish();
    }
}
