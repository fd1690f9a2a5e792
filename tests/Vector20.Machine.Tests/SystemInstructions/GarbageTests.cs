using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>System instructions with random operands, registers, descriptors and TSSs at CPL 0 and 3: whatever happens, happens inside the machine.</summary>
public class GarbageTests
{
    private static readonly byte[][] s_opcodes =
    [
        [0x0F, 0x00], [0x0F, 0x01], [0x0F, 0x02], [0x0F, 0x03], [0x0F, 0x05], [0x0F, 0x06], [0x0F, 0x07], [0x0F, 0x08], [0x0F, 0x09],
        [0x0F, 0x20], [0x0F, 0x21], [0x0F, 0x22], [0x0F, 0x23], [0x0F, 0x30], [0x0F, 0x31], [0x0F, 0x32], [0x0F, 0x33], [0x0F, 0x34], [0x0F, 0x35],
        [0x0F, 0xA0], [0x0F, 0xA1], [0x0F, 0xA2], [0x0F, 0xA8], [0x0F, 0xA9], [0x0F, 0xAA], [0x0F, 0xAE], [0x0F, 0xB2], [0x0F, 0xB4], [0x0F, 0xB5],
        [0x0F, 0xC7], [0x66, 0x0F, 0x38, 0x82], [0xF3, 0x0F, 0xAE], [0x8E], [0x8C], [0x9A], [0xEA], [0xCA], [0xCB], [0xFF], [0xCF], [0x48, 0xCF], [0x48, 0xFF],
        [0x9C], [0x9D], [0xFA], [0xFB], [0x6C], [0xF3, 0x6D], [0x6E], [0xF3, 0x6F], [0xE4], [0xE6], [0xEC], [0xEE], [0x06], [0x07], [0x16], [0x17], [0x1F], [0xC4], [0xC5], [0x63],
    ];

    public static TheoryData<GuestMode, int> Modes => new()
    {
        { GuestMode.Real, 0 }, { GuestMode.Virtual8086, 3 }, { GuestMode.Protected16, 0 }, { GuestMode.Protected, 0 }, { GuestMode.Protected, 3 },
        { GuestMode.Compatibility, 0 }, { GuestMode.Long, 0 }, { GuestMode.Long, 3 },
    };

    [Theory, MemberData(nameof(Modes))]
    public void Nothing_a_guest_does_with_system_instructions_escapes_the_machine(GuestMode mode, int cpl)
    {
        var random = new Random(20);
        using var pool = new FramePool();
        using var computer = new Computer(new ComputerOptions { MemorySize = 1 << 20 }, pool);
        for (int round = 0; round < 25; round++)
        {
            Processor p = computer.Processors[0];
            p.Ended = false;
            using Guest guest = Build(random, mode, cpl).LoadInto(computer);
            for (int register = 0; register < 16; register++)
                if (register != 4) p[register] = Interesting(random);
            ulong start = p.Ticks;
            guest.Run(200);
            Assert.True(p.Ticks - start <= 200, "time is the instruction count");
        }
    }

    private static GuestBuilder Build(Random random, GuestMode mode, int cpl)
    {
        GuestBuilder builder = new GuestBuilder(mode, cpl).Handlers(HandlerEnd.SkipInstruction(random.Next(1, 4)));
        for (ushort selector = GuestLayout.FreeSelector; selector < GuestLayout.GdtLength; selector += 8) builder.Descriptor(selector, Descriptor(random));
        return builder.Code(a =>
        {
            for (int i = 0; i < 40; i++)
            {
                var tail = new byte[random.Next(1, 7)];
                random.NextBytes(tail);
                a.db([.. s_opcodes[random.Next(s_opcodes.Length)], .. tail]);
            }
        });
    }

    /// <summary>Any type, mostly present, with a base that is often inside memory.</summary>
    private static ulong Descriptor(Random random)
    {
        ulong descriptor = (ulong)random.NextInt64() | (random.Next(4) == 0 ? 0 : 1ul << 47);
        return random.Next(3) == 0 ? descriptor : descriptor & 0x00FF_FF00_0000_FFFF | (GuestLayout.Data | (uint)random.Next(0x1000)) * 0x1_0000ul;
    }

    private static ulong Interesting(Random random) => random.Next(5) switch
    {
        0 => (ulong)random.NextInt64(),
        1 => GuestLayout.Data + (uint)random.Next(0x1_0000),
        2 => GuestLayout.FreeSelector + (uint)random.Next(0x100),
        3 => 0xC000_0080 + (uint)random.Next(4),
        _ => 1ul << random.Next(64),
    };
}
