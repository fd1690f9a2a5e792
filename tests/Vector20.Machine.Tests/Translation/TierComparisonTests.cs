using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Translation;
using Vector20.Machine.Snapshots;
using Vector20.Machine.Tests.Native;

namespace Vector20.Machine.Tests.Translation;

/// <summary>Which tier executes an instruction changes speed, nothing else: to the last bit, at any moment.</summary>
public class TierComparisonTests(ITestOutputHelper output)
{
    private const int Programs = 8, Stops = 120, LongestRun = 400;

    [Theory]
    [InlineData(0, 1, 64)]
    [InlineData(3, 1, 64)]
    [InlineData(0, 3, 64)]
    [InlineData(0, 1, 5)]
    [Trait("Speed", "Slow")]
    public void Random_programs_do_the_same_translated(int cpl, int after, int blockLength)
    {
        List<Form> forms = RandomProgram.Forms(cpl);
        int translated = 0, chunks = 0;
        for (int seed = 0; seed < Programs; seed++)
        {
            RandomProgram program = new(seed, forms);
            using Guest first = Load(program, cpl, new TranslationOptions(0), 64), both = Load(program, cpl, new TranslationOptions(after, AtOnce: true), blockLength);
            string? difference = FirstDifference(first, both, seed);
            Assert.True(difference is null, $"program {seed}: {difference}");
            chunks += program.Starts.Count;
            translated += program.Starts.Count(start => BlockAt(both, both.AddressOf(start))?.Translation is not null);
            Assert.DoesNotContain(program.Starts, start => BlockAt(first, first.AddressOf(start))?.Translation is not null);
        }

        output.WriteLine($"{translated} of {chunks} chunks translated");
        Assert.True(translated > chunks / 3, $"only {translated} of {chunks}");
    }

    [Fact]
    public void A_difference_of_one_bit_in_one_register_is_found()
    {
        var program = new RandomProgram(1, RandomProgram.Forms(0));
        using Guest one = Load(program, 0, new TranslationOptions(0), 64), other = Load(program, 0, new TranslationOptions(1, AtOnce: true), 64);
        other.Processor[15] ^= 1ul << 63;
        Assert.NotNull(FirstDifference(one, other, 1));
    }

    private static Guest Load(RandomProgram program, int cpl, TranslationOptions translation, int blockLength)
    {
        Guest guest = program.Build(cpl).Load(new ComputerOptions { MemorySize = 2 << 20, Translation = translation, BlockLength = blockLength });
        guest.Processor.ControlRegister0 |= Cr0.EM;
        return guest;
    }

    /// <summary>Stops both again and again, at the same moments, and compares the whole machines.</summary>
    private static string? FirstDifference(Guest one, Guest other, int seed)
    {
        var random = new Random(seed);
        for (int stop = 0; stop < Stops; stop++)
        {
            ulong ticks = (ulong)random.Next(1, LongestRun);
            one.Run(ticks);
            other.Run(ticks);
            if (StateHash.Of(one.Computer) != StateHash.Of(other.Computer))
                return $"at stop {stop}, tick {one.Computer.Now}, RIP {one.Processor.InstructionPointer:x} and {other.Processor.InstructionPointer:x}";
        }

        return null;
    }

    private static Block? BlockAt(Guest guest, ulong address)
    {
        int frame = guest.Computer.Memory.FrameForReading(address);
        return guest.Computer.Memory.Pool.Code(frame)?.Find((int)address & 0xFFF, CodeMode.Bits64);
    }
}
