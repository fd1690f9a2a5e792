using Vector20.Machine;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Platform;

namespace Vector20.Hypervisor.Tests;

/// <summary>Guests of garbage, sprinkled with system instructions, neither crash nor hang the hypervisor, nor do they reach the #VE check.</summary>
public class HostileGuestTests
{
    /// <summary>Moves to control registers, MSRs, CPUID, HLT, I/O, hypercalls, writes to the APIC and the I/O APIC.</summary>
    private static readonly byte[][] s_system =
    [
        [0x0F, 0x22, 0xC0], [0x0F, 0x22, 0xE0], [0x0F, 0x22, 0xD8], [0x0F, 0x30], [0x0F, 0x32], [0x0F, 0xA2], [0xF4], [0xFB], [0xEE], [0x6E], [0x6F], [0xCD, 0x20],
        [0x0F, 0x01, 0xC1], [0x0F, 0x01, 0xD1], [0xB9, 0x80, 0, 0, 0xC0], [0xB9, 0x1B, 0, 0, 0], [0xB9, 0x30, 8, 0, 0], [0xBB, 0, 3, 0xE0, 0xFE], [0xBB, 0, 0, 0xC0, 0xFE],
        [0x89, 0x03], [0x8B, 0x03], [0xC7, 0x03, 0x14, 0x40, 0x04, 0], [0xB8, 0x14, 0x40, 0x04, 0], [0xFF, 0x13], [0xCF], [0x0F, 0x06], [0x0F, 0x01, 0xF0],
    ];

    [Theory]
    [InlineData(1, 25)]
    [InlineData(1000, 25)]
    public void Garbage_is_contained(int first, int count)
    {
        for (int seed = first; seed < first + count; seed++) Run(seed, new Random(seed));
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Much_garbage_is_contained() => Garbage_is_contained(100_000, 500);

    private static void Run(int seed, Random random)
    {
        using var pool = new FramePool();
        using var computer = new Computer(new ComputerOptions { MemorySize = 4 << 20, Processors = 1 + (seed & 1) }, pool);
        StandardPc.AddTo(computer);
        new GuestBuilder((GuestMode)(seed % 6)).Handlers((seed & 4) != 0 ? HandlerEnd.Halt : HandlerEnd.SkipInstruction(2)).Code(a => a.db(Garbage(random))).LoadInto(computer);
        var vm = new VirtualMachine(computer, new HypervisorOptions
        {
            Apic = (VirtualApicMode)(seed % 3),
            AccessedDirty = (seed & 8) != 0,
            VeCheck = (VeCheck)(seed / 3 % 3),
            LargestPage = 1 + seed % 3,
        });
        vm.Start();
        VmRun run = vm.Run(50_000);
        Assert.True(run.State != VmState.Killed, $"seed {seed}: {run.Why}");
        Assert.DoesNotContain("VM entry failed", run.Why ?? "", StringComparison.Ordinal);
    }

    private static byte[] Garbage(Random random)
    {
        var bytes = new byte[600];
        random.NextBytes(bytes);
        for (int i = 0; i < 60; i++) s_system[random.Next(s_system.Length)].CopyTo(bytes, random.Next(bytes.Length - 8));
        return bytes;
    }
}
