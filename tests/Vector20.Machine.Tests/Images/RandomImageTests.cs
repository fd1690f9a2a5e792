using Vector20.Machine.Images;
using Vector20.Machine.Memory;
using Vector20.Machine.Platform;
using Vector20.Machine.Scheduling;
using static Vector20.Machine.Tests.Images.ImageBuilder;

namespace Vector20.Machine.Tests.Images;

/// <summary>Ten thousand damaged images: each is refused in a line, or boots and stays inside the machine.</summary>
public class RandomImageTests
{
    private const int Images = 10_000;

    [Fact]
    [Trait("Speed", "Slow")]
    public void Damaged_images_are_refused_or_run_inside_the_machine()
    {
        using var pool = new FramePool();
        int refused = 0, ran = 0;
        for (int seed = 0; seed < Images; seed++)
        {
            var random = new Random(seed);
            byte[] image = Damage(random, Whole(random));
            if (Plan(random, image) is { } plan)
            {
                Run(plan, random, pool);
                ran++;
            }
            else refused++;
        }

        Assert.True(refused > Images / 10 && ran > Images / 10, $"{refused} refused, {ran} ran");
    }

    private static BootPlan? Plan(Random random, byte[] image)
    {
        if (image.Length == 0) return null;
        var options = new BootOptions
        {
            MemorySize = 16 << 20,
            CommandLine = random.Next(2) == 0 ? "" : "console=ttyS0",
            Modules = random.Next(4) == 0 ? [new BootModule(File(new byte[random.Next(1, 100_000)]), "module")] : [],
            FlatAddress = random.Next(10) == 0 ? (ulong)random.NextInt64(0x12_0000) : null,
            Width = random.Next(10) == 0 ? (EntryWidth)(16 << random.Next(3)) : null,
        };
        if (ImageLoader.Plan(File(image), options).TryGet(out BootPlan? plan, out ImageError error)) return plan;
        Assert.DoesNotContain('\n', error.ToString());
        return null;
    }

    private static void Run(BootPlan plan, Random random, FramePool pool)
    {
        using var computer = new Computer(new ComputerOptions { MemorySize = 16 << 20, BlockLength = random.Next(1, 65) }, pool);
        StandardPc.AddTo(computer);
        plan.ApplyTo(computer);
        RunResult result = computer.Run(1_000);
        Assert.True(result.Time <= 1_000);
    }

    private static byte[] Whole(Random random)
    {
        var code = new byte[random.Next(3, 64)];
        random.NextBytes(code);
        return random.Next(5) switch
        {
            0 => Elf(true, Base, (Base, code, 0x1000), (Base + 0x2000, code, 0x100)),
            1 => Elf(false, Base, (Base, code, 0x1000)),
            2 => Elf(false, Base + 12, (Base, Multiboot(3, code), 0x1000)),
            3 => Linux(code, random.Next(2) == 0 ? code : []),
            _ => code,
        };
    }

    /// <summary>A few bytes changed, mostly in the headers, or the end cut off.</summary>
    private static byte[] Damage(Random random, byte[] image)
    {
        for (int i = random.Next(4); i > 0; i--)
        {
            int at = random.Next(2) == 0 ? random.Next(image.Length) : random.Next(Math.Min(image.Length, 0x280));
            image[at] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)(image[at] ^ 1 << random.Next(8));
        }

        return random.Next(6) == 0 ? image[..random.Next(image.Length + 1)] : image;
    }
}
