using Vector20.Machine;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Platform;
using Vector20.Machine.Processors;
using Vector20.Machine.Scheduling;

namespace Vector20.Hypervisor.Tests.Hostile;

/// <summary>Ten thousand guests of garbage in every mode, bare and under the hypervisor: whatever they do, they do inside the machine and in the time given.</summary>
public class RandomProgramTests
{
    private const int Programs = 10_000;
    private const ulong Instructions = 1_000;

    private static readonly (GuestMode Mode, int Cpl)[] s_modes =
    [
        (GuestMode.Real, 0), (GuestMode.Virtual8086, 3), (GuestMode.Protected, 0), (GuestMode.Protected, 3), (GuestMode.Compatibility, 0), (GuestMode.Long, 0), (GuestMode.Long, 3),
    ];

    [Fact]
    [Trait("Speed", "Slow")]
    public void Garbage_never_escapes_the_machine_nor_outlives_its_time()
    {
        using var pool = new FramePool();
        var ends = new Dictionary<RunEnd, int>();
        for (int seed = 0; seed < Programs; seed++)
        {
            RunEnd end = Run(new Random(seed), seed, pool);
            ends[end] = ends.GetValueOrDefault(end) + 1;
        }

        Assert.True(ends.GetValueOrDefault(RunEnd.Limit) > Programs / 4, "most guests are busy to the end");
        Assert.True(ends.GetValueOrDefault(RunEnd.Shutdown) + ends.GetValueOrDefault(RunEnd.HostEnded) > 0, "some guests shut down");
    }

    private static RunEnd Run(Random random, int seed, FramePool pool)
    {
        using var computer = new Computer(new ComputerOptions { MemorySize = 4 << 20, Processors = 1 + seed % 2, Seed = (ulong)seed }, pool);
        StandardPc.AddTo(computer);
        (GuestMode mode, int cpl) = s_modes[seed % s_modes.Length];
        using Guest guest = new GuestBuilder(mode, cpl).Handlers(HandlerEnd.SkipInstruction(random.Next(1, 4))).Code(a => a.db(Garbage(random))).LoadInto(computer);
        foreach (Processor p in computer.Processors)
            for (int register = 0; register < 16; register++)
                if (register != 4) p[register] = random.Next(3) == 0 ? (ulong)random.NextInt64() : (ulong)random.Next(0x20_0000);
        if (seed % 3 != 0)
        {
            var options = new HypervisorOptions { Apic = (VirtualApicMode)(seed % 9 / 3), VeCheck = (VeCheck)(seed % 5 % 3), Bugs = (HypervisorBugs)(random.Next(4) == 0 ? random.Next(256) : 0) };
            new VirtualMachine(computer, options).Start();
        }

        RunResult result = computer.Run(Instructions);
        Assert.True(result.Time <= Instructions, "time is the instruction count");
        return result.End;
    }

    /// <summary>Bytes at random; half of the time only those that begin common and system instructions.</summary>
    private static byte[] Garbage(Random random)
    {
        ReadOnlySpan<byte> likely = [0x0F, 0x66, 0x67, 0xF2, 0xF3, 0x48, 0x4F, 0x8B, 0x89, 0xFF, 0xCD, 0xCC, 0xCF, 0xE4, 0xE6, 0xEC, 0xEE, 0xF4, 0x8E, 0x9A, 0xEA, 0x01, 0x00, 0x20, 0x22, 0x30, 0x32, 0xA2, 0xC7, 0x16, 0x1E, 0x05];
        var bytes = new byte[random.Next(20, 400)];
        random.NextBytes(bytes);
        if (random.Next(2) == 0)
            for (int i = 0; i < bytes.Length; i++)
                if (random.Next(3) != 0) bytes[i] = likely[bytes[i] % likely.Length];
        return bytes;
    }
}
