using System.Text;
using Vector20.Machine.Images;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using static Vector20.Machine.Tests.Images.ImageBuilder;

namespace Vector20.Machine.Tests.Images;

public class BootTests
{
    /// <summary>mov eax, [ebx or rsi]; the same bytes in 32- and 64-bit code.</summary>
    private static readonly byte[] s_readRbx = [0x8B, 0x0B], s_readRsi = [0x8B, 0x4E, 0x00];

    private static readonly BootOptions s_options = new() { MemorySize = 16 << 20, CommandLine = "quiet" };

    [Fact]
    public void A_multiboot_image_starts_in_32_bit_code_with_the_magic_number_and_its_information()
    {
        byte[] image = Elf(false, Base + 12, (Base, Multiboot(3, s_readRbx), 0x100));
        using Computer computer = Boot(image, s_options, instructions: 1);
        Processor p = computer.Processors[0];
        Assert.Equal(0x2BADB002u, p[0]);
        Assert.Equal(Base + 14, p.InstructionPointer);
        Assert.Equal(p[1], Word(computer, p[3]));
        Assert.Equal((ulong)(16 << 10) - 1024, Word(computer, p[3] + 8));
        Assert.Equal("image quiet", Text(computer, Word(computer, p[3] + 16)));
    }

    [Fact]
    public void A_multiboot_image_finds_the_memory_map_and_its_modules()
    {
        byte[] image = Elf(false, Base + 12, (Base, Multiboot(3, s_readRbx), 0x100));
        BootModule[] modules = [new(File([1, 2, 3, 4]), "one a"), new(File([5, 6, 7, 8]), "two b")];
        using Computer computer = Boot(image, s_options with { Modules = modules }, instructions: 1);
        ulong information = computer.Processors[0][3], map = Word(computer, information + 48), table = Word(computer, information + 24);
        Assert.Equal(20ul, Word(computer, map));
        Assert.Equal(0x9_FC00ul, Word(computer, map + 12));
        Assert.Equal(2ul, Word(computer, information + 20));
        ulong second = table + 16;
        Assert.Equal(0x0807_0605ul, Word(computer, Word(computer, second)));
        Assert.Equal(Word(computer, second) + 4, Word(computer, second + 4));
        Assert.Equal("two b", Text(computer, Word(computer, second + 8)));
    }

    [Fact]
    public void An_image_with_multiboot_addresses_needs_no_ELF()
    {
        var fields = new byte[20 + 2];
        uint[] values = [Base, Base, 0, Base + 0x1000, Base + 32];
        for (int i = 0; i < values.Length; i++) U32(fields, 4 * i, values[i]);
        s_readRbx.CopyTo(fields, 20);
        using Computer computer = Boot(Multiboot(1 << 16, fields), s_options, instructions: 1);
        Assert.Equal(Base + 34, computer.Processors[0].InstructionPointer);
    }

    [Fact]
    public void A_64_bit_ELF_starts_in_64_bit_mode_with_memory_mapped_to_itself()
    {
        using Computer computer = Boot(Elf(true, Base, (Base, [0x48, .. s_readRsi], 0x100)), s_options, instructions: 1);
        Processor p = computer.Processors[0];
        Assert.Equal(Base + 4, p.InstructionPointer);
        Assert.True(p.Segment(SegmentName.Cs).Long);
    }

    [Theory]
    [InlineData(true, 0x10_0200ul)]
    [InlineData(false, 0x10_0000ul)]
    public void A_Linux_image_starts_at_the_entry_of_its_width_with_the_zero_page(bool wide, ulong entry)
    {
        byte[] image = Linux(s_readRsi, wide ? s_readRsi : []);
        using Computer computer = Boot(image, s_options with { Modules = [new BootModule(File([9, 8, 7]), "")] }, instructions: 1);
        Processor p = computer.Processors[0];
        Assert.Equal(entry + 3, p.InstructionPointer);
        Assert.Equal(wide, p.Segment(SegmentName.Cs).Long);
        ulong zeroPage = p[6], disk = Word(computer, zeroPage + 0x218);
        Assert.Equal("quiet", Text(computer, Word(computer, zeroPage + 0x228)));
        Assert.Equal(0x0007_0809ul, Word(computer, disk));
        Assert.Equal(3ul, Word(computer, zeroPage + 0x21C));
        Assert.Equal(4ul, Word(computer, zeroPage + 0x1E8) & 0xFF);
        Assert.Equal(0x5372_6448ul, Word(computer, zeroPage + 0x202));
    }

    [Theory]
    [InlineData(0x7C00ul, 0, 0x7C00ul)]
    [InlineData(0x2_0010ul, 0x2001, 0x0ul)]
    public void A_flat_binary_starts_in_real_mode_at_its_address(ulong address, int segment, ulong offset)
    {
        using Computer computer = Boot([0xB0, 1], s_options with { FlatAddress = address }, instructions: 1);
        Processor p = computer.Processors[0];
        Assert.Equal(offset + 2, p.InstructionPointer);
        Assert.Equal((ushort)segment, p.Segment(SegmentName.Cs).Selector);
    }

    [Theory]
    [InlineData(EntryWidth.Bits32)]
    [InlineData(EntryWidth.Bits64)]
    public void A_flat_binary_may_ask_for_wider_code(EntryWidth width)
    {
        using Computer computer = Boot([0x8B, 0x0E], s_options with { FlatAddress = 0x20_0000, Width = width }, instructions: 1);
        Assert.Equal(0x20_0002ul, computer.Processors[0].InstructionPointer);
    }

    [Theory]
    [InlineData(1 << 20, new ulong[] { 0, 0x9_FC00, 0x9_FC00, 0x400 })]
    [InlineData(0x2_0000, new ulong[] { 0, 0x2_0000 })]
    public void The_memory_map_of_a_small_machine_ends_with_its_memory(long size, ulong[] expected) =>
        Assert.Equal(expected, MemoryMap.Of((ulong)size).SelectMany(range => new[] { range.Start, range.Length }));

    [Fact]
    public void The_memory_map_leaves_out_the_hole_for_devices()
    {
        IReadOnlyList<MemoryRange> map = MemoryMap.Of(8ul << 30);
        Assert.Equal(new MemoryRange(0x1_0000_0000, 5ul << 30, MemoryRangeType.Usable), map[^1]);
        Assert.Equal(0xC000_0000ul, map[^2].End);
        Assert.Equal(8ul << 30, map.Where(range => range.Type == MemoryRangeType.Usable).Aggregate(0ul, (sum, range) => sum + range.Length) + 0x6_0400);
    }

    private static Computer Boot(byte[] image, BootOptions options, int instructions)
    {
        Assert.True(ImageLoader.Plan(File(image), options).TryGet(out BootPlan? plan, out ImageError error), error.ToString());
        var computer = new Computer(new ComputerOptions { MemorySize = options.MemorySize, Processors = options.Processors }, new FramePool());
        plan.ApplyTo(computer);
        computer.Processors[0].Deadline = computer.Processors[0].Ticks + (ulong)instructions;
        RunLoop.Run(computer.Processors[0]);
        return computer;
    }

    private static ulong Word(Computer computer, ulong address) => computer.Memory.Read<uint>(new PhysicalAddress(address));

    private static string Text(Computer computer, ulong address)
    {
        Span<byte> bytes = stackalloc byte[256];
        computer.Memory.Read(new PhysicalAddress(address), bytes);
        return Encoding.ASCII.GetString(bytes[..bytes.IndexOf((byte)0)]);
    }
}
