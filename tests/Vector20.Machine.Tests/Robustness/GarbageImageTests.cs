using Vector20.Machine.Images;
using Vector20.Machine.Memory;
using Vector20.Machine.Platform;
using Vector20.Machine.Tests.Images;

namespace Vector20.Machine.Tests.Robustness;

/// <summary>An image file may hold anything: it is refused in one line, or loaded and run; nothing crashes or hangs.</summary>
[Trait("Speed", "Slow")]
public class GarbageImageTests
{
    private const int Images = 10_000, Ticks = 500;

    [Fact]
    public Task Every_image_is_refused_in_one_line_or_runs_to_its_limit() => Garbage.Bounded(() =>
    {
        using var pool = new FramePool();
        using var empty = new Computer(new ComputerOptions { MemorySize = 4 << 20 }, pool);
        StandardPc.AddTo(empty);
        int loaded = 0;
        for (int seed = 0; seed < Images; seed++)
        {
            var random = new Random(seed);
            var options = new BootOptions { MemorySize = 4 << 20, FlatAddress = random.Next(4) == 0 ? Garbage.Number(random) : null };
            if (!ImageLoader.Plan(new ImageFile("image", Image(random)), options).TryGet(out BootPlan? plan, out ImageError error))
            {
                Assert.DoesNotContain('\n', error.ToString());
                continue;
            }

            loaded++;
            using Computer computer = empty.Fork();
            plan.ApplyTo(computer);
            computer.Run(Ticks, TestContext.Current.CancellationToken);
        }

        Assert.InRange(loaded, Images / 20, Images);
    });

    /// <summary>Bytes, or an image of one of the formats with garbage for code and some of its own bytes changed.</summary>
    private static byte[] Image(Random random)
    {
        byte[] code = Garbage.Bytes(random, random.Next(1, 400));
        byte[] image = random.Next(5) switch
        {
            0 => ImageBuilder.Elf(true, ImageBuilder.Base, (ImageBuilder.Base, code, (ulong)code.Length)),
            1 => ImageBuilder.Elf(false, ImageBuilder.Base, (ImageBuilder.Base, code, (ulong)code.Length)),
            2 => ImageBuilder.Multiboot(0, code),
            3 => ImageBuilder.Linux(code, code),
            _ => code,
        };
        for (int changes = random.Next(4); changes > 0; changes--) image[random.Next(image.Length)] = (byte)random.Next(256);
        return image[..(random.Next(8) == 0 ? random.Next(1, image.Length + 1) : image.Length)];
    }
}
