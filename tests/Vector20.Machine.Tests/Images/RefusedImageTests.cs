using Vector20.Machine.Images;
using static Vector20.Machine.Tests.Images.ImageBuilder;

namespace Vector20.Machine.Tests.Images;

public class RefusedImageTests
{
    private static readonly byte[] s_code = [0xF4, 0xEB, 0xFD];

    /// <summary>What is wrong, the image, options that change the default, and words that the one line must contain.</summary>
    private static readonly Dictionary<string, (byte[] Image, Func<BootOptions, BootOptions> Options, string Says)> s_cases = new()
    {
        ["garbage"] = ([1, 2, 3, 4], o => o, "no multiboot, ELF or Linux image"),
        ["no memory"] = (Good64(), o => o with { MemorySize = 0 }, "-m: 0 bytes"),
        ["ELF cut off in its header"] = (Good64()[..40], o => o, "cut off after 40 bytes"),
        ["ELF64 cut off in its header"] = (Good64()[..60], o => o, "cut off after 60 bytes"),
        ["ELF cut off in its program headers"] = (Good64()[..100], o => o, "reach past the file's end"),
        ["ELF cut off in its contents"] = (Good64()[..^1], o => o, "past the file's end"),
        ["ELF with overlapping segments"] = (Elf(true, Base, (Base, s_code, 0x1000), (Base + 0x800, s_code, 3)), o => o, "overlap at 0x100800"),
        ["ELF with more in the file than in memory"] = (Elf(true, Base, (Base, s_code, 2)), o => o, "more bytes in the file"),
        ["ELF around the end of memory"] = (Elf(true, ulong.MaxValue, (ulong.MaxValue - 1, s_code, 16)), o => o, "wraps around"),
        ["ELF without loadable segments"] = (Elf(true, Base, (Base, [], 0)), o => o, "loads anything"),
        ["ELF without program headers"] = (Elf(true, Base), o => o, "no program headers"),
        ["ELF entry outside its segments"] = (Elf(true, Base + 0x5000, (Base, s_code, 3)), o => o, "lies in no segment"),
        ["ELF for another processor"] = (Changed(Good64(), 18, 40), o => o, "ELF machine 40"),
        ["ELF of no class"] = (Changed(Good64(), 4, 3), o => o, "ELF class 3"),
        ["big-endian ELF"] = (Changed(Good64(), 5, 2), o => o, "big-endian"),
        ["32-bit image entered in 64-bit mode"] = (Elf(false, Base, (Base, s_code, 3)), o => o with { Width = EntryWidth.Bits64 }, "cannot be entered in 64-bit mode"),
        ["image larger than memory"] = (Elf(true, Base, (Base, s_code, 64 << 20)), o => o, "which is no RAM"),
        ["image in the hole for devices"] = (Elf(true, 0xD000_0000, (0xD000_0000, s_code, 3)), o => o with { MemorySize = 8ul << 30 }, "which is no RAM"),
        ["image on the loader's tables"] = (Elf(true, 0x9_1000, (0x9_1000, s_code, 3)), o => o, "overlaps"),
        ["image on the firmware's tables"] = (Elf(true, 0xF_0000, (0xE_0000, s_code, 0x2_0000)), o => o, "overlaps"),
        ["multiboot without ELF or addresses"] = (Multiboot(0, s_code), o => o, "is no ELF file"),
        ["multiboot that wants video"] = (Elf(false, Base, (Base, Multiboot(4, s_code), 0x100)), o => o, "video mode"),
        ["multiboot with unknown requirements"] = (Elf(false, Base, (Base, Multiboot(0x100, s_code), 0x100)), o => o, "requires 0x100"),
        ["multiboot entered in 64-bit mode"] = (Elf(false, Base, (Base, Multiboot(0, s_code), 0x100)), o => o with { Width = EntryWidth.Bits64 }, "entered in 32-bit code"),
        ["multiboot with an entry above 4 GiB"] = (Elf(true, 0x1_0000_0000, (0x1_0000_0000, Multiboot(0, s_code), 0x100)), o => o with { MemorySize = 8ul << 30 }, "cannot be reached"),
        ["multiboot addresses past the file"] = (MultibootAt(Base, Base, Base + 0x1000, 0, Base), o => o, "truncated"),
        ["multiboot load address behind the header"] = (MultibootAt(Base, Base + 4, 0, 0, Base), o => o, "not before the header"),
        ["multiboot entry outside"] = (MultibootAt(Base, Base, 0, 0, Base + 0x1000), o => o, "lies outside"),
        ["multiboot bss before its data's end"] = (MultibootAt(Base, Base, 0, Base + 4, Base), o => o, "before what is loaded"),
        ["Linux image cut off in its header"] = (Linux(s_code, [])[..0x220], o => o, "inside its setup header"),
        ["Linux image cut off"] = (Linux(s_code, [])[..0x500], o => o, "truncated"),
        ["ancient Linux"] = (Linux(s_code, [], 0x203), o => o, "older than 2.06"),
        ["zImage"] = (Changed(Linux(s_code, []), 0x211, 0), o => o, "zImage"),
        ["32-bit Linux entered in 64-bit mode"] = (Linux(s_code, []), o => o with { Width = EntryWidth.Bits64 }, "no 64-bit entry"),
        ["Linux with too little memory"] = (Linux(s_code, []), o => o with { MemorySize = 1 << 20 }, "which is no RAM"),
        ["Linux with a RAM disk that does not fit"] = (Linux(s_code, []), o => o with { MemorySize = 2 << 20, Modules = [new BootModule(File(new byte[1 << 20]), "")] }, "do not fit"),
        ["command line too long"] = (Good64(), o => o with { CommandLine = new string('x', 4096) }, "--append"),
        ["command line too long for the image"] = (Linux(s_code, []), o => o with { CommandLine = new string('x', 300) }, "takes 255"),
        ["flat binary where real mode cannot reach"] = (s_code, o => o with { FlatAddress = 0x10_0000 }, "--at"),
        ["flat binary outside memory"] = (s_code, o => o with { FlatAddress = 0x3_FFFE, MemorySize = 0x4_0000 }, "which is no RAM"),
        ["32-bit flat binary without room for a descriptor table"] = (s_code, o => o with { FlatAddress = 0x1000, MemorySize = 0x1_0000, Width = EntryWidth.Bits32 }, "which is no RAM"),
    };

    public static TheoryData<string> Cases => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_bad_image_is_refused_in_one_line_that_says_what_where_and_the_mend(string name)
    {
        (byte[] image, Func<BootOptions, BootOptions> options, string says) = s_cases[name];
        Assert.False(ImageLoader.Plan(File(image), options(new BootOptions { MemorySize = 16 << 20 })).TryGet(out _, out ImageError error));
        string line = error.ToString();
        Assert.Contains(says, line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
        Assert.NotEmpty(error.Mend);
    }

    [Fact]
    public void The_images_that_the_bad_ones_are_made_from_are_accepted()
    {
        byte[][] good = [Good64(), Elf(false, Base, (Base, s_code, 3)), Elf(false, Base, (Base, Multiboot(3, s_code), 0x100)), MultibootAt(Base, Base, 0, 0, Base), Linux(s_code, s_code)];
        Assert.All(good, image => Assert.True(ImageLoader.Plan(File(image), new BootOptions { MemorySize = 16 << 20 }).TryGet(out _, out _)));
    }

    [Fact]
    public void Files_that_cannot_be_read_are_refused()
    {
        Assert.False(ImageFile.Read("/no/such/file").TryGet(out _, out ImageError missing));
        Assert.Equal("there is no such file", missing.What);
        Assert.False(ImageFile.Read(Path.GetTempPath()).TryGet(out _, out ImageError directory));
        Assert.Equal("is a directory", directory.What);
        string empty = Path.GetTempFileName();
        Assert.False(ImageFile.Read(empty).TryGet(out _, out ImageError nothing));
        Assert.Equal("is empty", nothing.What);
        System.IO.File.Delete(empty);
    }

    private static byte[] Good64() => Elf(true, Base, (Base, s_code, 0x1000));

    private static byte[] Changed(byte[] image, int offset, byte value)
    {
        image[offset] = value;
        return image;
    }

    private static byte[] MultibootAt(uint header, uint load, uint loadEnd, uint bssEnd, uint entry)
    {
        var fields = new byte[20 + s_code.Length];
        uint[] values = [header, load, loadEnd, bssEnd, entry];
        for (int i = 0; i < values.Length; i++) U32(fields, 4 * i, values[i]);
        s_code.CopyTo(fields, 20);
        return Multiboot(1 << 16, fields);
    }
}
