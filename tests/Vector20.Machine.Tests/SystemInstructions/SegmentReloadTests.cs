using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Segmentation;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>A segment register is loaded from its descriptor as that is now, however often it was loaded before.</summary>
[Manual("3A", "3.4.3", "Segment Registers")]
public class SegmentReloadTests
{
    private const ulong Flat = 0x00CF_9300_0000_FFFF, Small = 0x0040_9300_0000_0FFF;
    private static readonly Selector s_selector = new(0x10);

    [Fact]
    public void The_same_selector_with_another_descriptor_loads_that()
    {
        using var pool = new FramePool();
        using var computer = new Computer(new ComputerOptions { MemorySize = 1 << 20 }, pool);
        Processor p = computer.Processors[0];
        p.LoadSegment(SegmentName.Ss, s_selector, new Descriptor(Flat, 0, 0));
        p.LoadSegment(SegmentName.Ss, s_selector, new Descriptor(Small, 0, 0));
        Assert.Equal(0xFFFu, p.Segment(SegmentName.Ss).Limit);
    }

    [Fact]
    public void A_register_loaded_otherwise_meanwhile_is_loaded_again()
    {
        using var pool = new FramePool();
        using var computer = new Computer(new ComputerOptions { MemorySize = 1 << 20 }, pool);
        Processor p = computer.Processors[0];
        p.LoadSegment(SegmentName.Ss, s_selector, new Descriptor(Flat, 0, 0));
        p.SetSegment(SegmentName.Ss, new SegmentRegister(s_selector.Value, 0x1000, 0xFFF, 0x93));
        p.LoadSegment(SegmentName.Ss, s_selector, new Descriptor(Flat, 0, 0));
        Assert.Equal((0ul, uint.MaxValue), (p.Segment(SegmentName.Ss).Base, p.Segment(SegmentName.Ss).Limit));
    }

    [Fact]
    public void Another_selector_of_an_equal_descriptor_is_loaded()
    {
        using var pool = new FramePool();
        using var computer = new Computer(new ComputerOptions { MemorySize = 1 << 20 }, pool);
        Processor p = computer.Processors[0];
        p.LoadSegment(SegmentName.Ss, s_selector, new Descriptor(Flat, 0, 0));
        p.LoadSegment(SegmentName.Ss, new Selector(0x18), new Descriptor(Flat, 0, 0));
        Assert.Equal(0x18, p.Segment(SegmentName.Ss).Selector);
    }
}
