using System.Reflection;
using Vector20.Machine.Apic;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Platform;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Msrs;
using Vector20.Machine.Snapshots;
using Vector20.Machine.Vmx;
using Vector20.Testing;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Snapshots;

/// <summary>A fork is the same computer, and another one.</summary>
public class ForkTests
{
    /// <summary>Fields of a processor that are shared because nobody changes what they refer to, or because they are caches that tell machines apart.</summary>
    private static readonly string[] s_sharedOfProcessor = ["Model", "UnsupportedWhat", "Jumps", "Extended", "_tlb", "_guestPhysical", "CachedTables", "_block"];

    [Fact]
    public void A_fork_has_the_same_state_hash()
    {
        using Guest guest = Counting();
        guest.Run(500);
        using Computer fork = guest.Computer.Fork();
        Assert.Equal(StateHash.Of(guest.Computer), StateHash.Of(fork));
    }

    [Fact]
    public void Fork_and_original_go_on_alike()
    {
        using Guest guest = Counting();
        guest.Computer.Run(500, TestContext.Current.CancellationToken);
        using Computer fork = guest.Computer.Fork();
        guest.Computer.Run(777, TestContext.Current.CancellationToken);
        fork.Run(777, TestContext.Current.CancellationToken);
        Assert.Equal(StateHash.Of(guest.Computer), StateHash.Of(fork));
    }

    [Fact]
    public void Whatever_changes_in_a_fork_the_original_stays_as_it_was()
    {
        using Guest guest = Counting();
        guest.Run(500);
        UInt128 before = StateHash.Of(guest.Computer);
        foreach (Type holder in (Type[])[typeof(Processor), typeof(VmxState), typeof(Vmcs), typeof(LocalApic)])
        {
            foreach (FieldInfo field in StateFields.Of(holder).Where(IsData))
            {
                using Computer fork = guest.Computer.Fork();
                StateFields.Change(Holder(fork, holder), field);
                Assert.True(before == StateHash.Of(guest.Computer), $"{holder.Name}.{field.Name}");
            }
        }
    }

    [Fact]
    public void Nothing_that_changes_is_shared()
    {
        using Guest guest = Counting();
        guest.Run(500);
        using Computer fork = guest.Computer.Fork();
        Check(guest.Processor, fork.Processors[0], s_sharedOfProcessor);
        Check(guest.Processor.Vmx, fork.Processors[0].Vmx, "FailedControl", "FailedRule");
        Check(guest.Processor.Vmx.Vmcs, fork.Processors[0].Vmx.Vmcs);
        Check(guest.Processor.Apic, fork.Processors[0].Apic, "Options");
        Check(guest.Processor.Msrs, fork.Processors[0].Msrs, "_model", "_values");
        Check(guest.Computer, fork, "Options", "Decoder", "Translator");
    }

    [Fact]
    public void A_write_in_a_fork_is_not_seen_in_the_original_nor_the_other_way_round()
    {
        using Guest guest = Counting();
        guest.Run(100);
        var at = new PhysicalAddress(GuestLayout.Data);
        ulong before = guest.Computer.Memory.Read<ulong>(at);
        using Computer fork = guest.Computer.Fork();
        fork.Run(100, TestContext.Current.CancellationToken);
        Assert.NotEqual(before, fork.Memory.Read<ulong>(at));
        Assert.Equal(before, guest.Computer.Memory.Read<ulong>(at));
        ulong after = fork.Memory.Read<ulong>(at);
        guest.Computer.Run(1000, TestContext.Current.CancellationToken);
        Assert.Equal(after, fork.Memory.Read<ulong>(at));
    }

    /// <summary>Their values are shared until one of the two changes one.</summary>
    [Fact]
    public void An_MSR_written_in_one_of_the_two_is_not_seen_in_the_other()
    {
        using Guest guest = Counting();
        guest.Run(100);
        using Computer fork = guest.Computer.Fork();
        ModelSpecificRegisters original = guest.Processor.Msrs, forked = fork.Processors[0].Msrs;
        forked[Msr.Star] = 1;
        Assert.Equal(0ul, original[Msr.Star]);
        original[Msr.Star] = 2;
        original[Msr.Lstar] = 3;
        Assert.Equal((1ul, 0ul), (forked[Msr.Star], forked[Msr.Lstar]));
    }

    [Fact]
    public void A_fork_runs_the_code_that_the_original_decoded()
    {
        using Guest guest = Counting();
        guest.Run(100);
        using Computer fork = guest.Computer.Fork();
        Block? before = BlockAtStart(guest.Computer);
        fork.Run(100, TestContext.Current.CancellationToken);
        Assert.NotNull(before);
        Assert.Same(before, BlockAtStart(fork));
    }

    [Fact]
    [Manual("3A", "12.6", "Self-Modifying Code")]
    public void A_fork_that_rewrites_its_code_leaves_the_originals()
    {
        using Guest guest = Counting();
        guest.Run(100);
        using Computer fork = guest.Computer.Fork();
        fork.Memory.Write(new PhysicalAddress(GuestLayout.Code), Enumerable.Repeat((byte)0xF4, 64).ToArray());
        fork.Run(100, TestContext.Current.CancellationToken);
        guest.Computer.Run(100, TestContext.Current.CancellationToken);
        Assert.Equal(ActivityState.Hlt, fork.Processors[0].Activity);
        Assert.Equal(ActivityState.Active, guest.Processor.Activity);
    }

    [Fact]
    public void The_devices_of_a_PC_are_forked()
    {
        using Guest guest = Counting();
        StandardPc pc = StandardPc.AddTo(guest.Computer);
        guest.Computer.Devices.WritePort(0x70, 1, 0x0E);
        using Computer fork = guest.Computer.Fork();
        Assert.Equal(StateHash.Of(guest.Computer), StateHash.Of(fork));
        fork.Devices.WritePort(0x21, 1, 0x12);
        Assert.NotEqual(StateHash.Of(guest.Computer), StateHash.Of(fork));
        Assert.Same(pc, guest.Computer.Pc);
    }

    [Fact]
    public void A_fork_of_a_fork_outlives_both()
    {
        using Guest guest = Counting();
        guest.Run(100);
        Computer first = guest.Computer.Fork();
        first.Run(50, TestContext.Current.CancellationToken);
        using Computer second = first.Fork();
        UInt128 hash = StateHash.Of(second);
        first.Run(50, TestContext.Current.CancellationToken);
        first.Dispose();
        guest.Run(100);
        Assert.Equal(hash, StateHash.Of(second));
    }

    /// <summary>A guest that counts in memory for good.</summary>
    private static Guest Counting() => new GuestBuilder(GuestMode.Long).Code(a =>
    {
        Iced.Intel.Label loop = a.CreateLabel();
        a.mov(rbx, GuestLayout.Data);
        a.Label(ref loop);
        a.inc(__qword_ptr[rbx]);
        a.add(rax, __qword_ptr[rbx]);
        a.jmp(loop);
    }).Load();

    private static Block? BlockAtStart(Computer computer) => computer.Memory.Pool
        .Code(computer.Memory.FrameForReading(GuestLayout.Code))?.Find((int)GuestLayout.Code & 0xFFF, CodeMode.Bits64);

    private static bool IsData(FieldInfo field)
    {
        Type type = Nullable.GetUnderlyingType(field.FieldType) ?? field.FieldType;
        return type.IsValueType || type.IsArray && StateFields.NameOf(field) is not ("_tlb" or "_guestPhysical" or "CachedTables" or "Jumps");
    }

    private static object Holder(Computer computer, Type type)
    {
        Processor p = computer.Processors[0];
        if (type == typeof(Processor)) return p;
        if (type == typeof(VmxState)) return p.Vmx;
        return type == typeof(Vmcs) ? p.Vmx.Vmcs : p.Apic;
    }

    private static void Check(object original, object fork, params string[] shared)
    {
        foreach (FieldInfo field in StateFields.Of(original.GetType(), shared).Where(field => !field.FieldType.IsValueType))
        {
            object? value = field.GetValue(original);
            Assert.False(value is not null && ReferenceEquals(value, field.GetValue(fork)), $"{original.GetType().Name}.{StateFields.NameOf(field)} is shared");
        }
    }
}
