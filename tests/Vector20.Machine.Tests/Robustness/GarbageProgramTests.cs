using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Platform;
using Vector20.Machine.Processors;
using Vector20.Machine.Snapshots;

namespace Vector20.Machine.Tests.Robustness;

/// <summary>A guest may do anything: the machine neither crashes nor hangs, and does the same whatever the length of its blocks.</summary>
[Trait("Speed", "Slow")]
public class GarbageProgramTests
{
    private const int Programs = 1000, Ticks = 1000;

    /// <summary>Every mode and privilege level that code starts in.</summary>
    public static TheoryData<GuestMode, int> Modes => new()
    {
        { GuestMode.Real, 0 }, { GuestMode.Virtual8086, 3 }, { GuestMode.Protected16, 0 }, { GuestMode.Protected16, 3 }, { GuestMode.Protected, 0 },
        { GuestMode.Protected, 3 }, { GuestMode.Compatibility, 0 }, { GuestMode.Compatibility, 3 }, { GuestMode.Long, 0 }, { GuestMode.Long, 3 },
    };

    [Theory, MemberData(nameof(Modes))]
    public Task Garbage_runs_to_its_limit_and_alike_in_blocks_of_any_length(GuestMode mode, int cpl) => Garbage.Bounded(() =>
    {
        using Guest whole = Base(mode, cpl, 64), single = Base(mode, cpl, 1);
        for (int seed = 0; seed < Programs; seed++)
        {
            UInt128 expected = Run(whole.Computer, seed, out string how);
            UInt128 actual = Run(single.Computer, seed, out string otherwise);
            Assert.True(expected == actual, $"{mode} CPL {cpl} program {seed}: {how}; instruction by instruction: {otherwise}");
        }
    });

    /// <summary>A guest whose handlers skip one byte of what faulted, so that the garbage goes on.</summary>
    private static Guest Base(GuestMode mode, int cpl, int blockLength)
    {
        GuestBuilder builder = new GuestBuilder(mode, cpl).Handlers(HandlerEnd.SkipInstruction(1));
        for (int vector = 32; vector < 256; vector++) builder.Handler(vector, HandlerEnd.Return);
        Guest guest = builder.Load(new ComputerOptions { MemorySize = 2 << 20, Processors = 2, BlockLength = blockLength });
        StandardPc.AddTo(guest.Computer);
        return guest;
    }

    private static UInt128 Run(Computer original, int seed, out string how)
    {
        var random = new Random(seed);
        using Computer computer = original.Fork();
        Processor p = computer.Processors[0];
        p.ControlRegister0 |= Cr0.EM;
        computer.Memory.Write(new PhysicalAddress(GuestLayout.Code), Garbage.Bytes(random, 0x400));
        for (int register = 0; register < 16; register++)
            if (register != 4 || random.Next(4) == 0) p[register] = Garbage.Number(random);
        p.SetRflags(p.Rflags ^ (ulong)random.Next() & (Eflags.Status | Eflags.DF | Eflags.AC | (random.Next(8) == 0 ? Eflags.TF | Eflags.IF : 0)));
        how = $"{computer.Run(Ticks, TestContext.Current.CancellationToken)} at RIP {p.InstructionPointer:x}";
        return StateHash.Of(computer);
    }
}
