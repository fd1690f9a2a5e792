using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Segmentation;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>A segment register is loaded from its descriptor as that is now, however often it was loaded before.</summary>
[Manual("3A", "3.4.3", "Segment Registers")]
public sealed class SegmentReloadTests : IDisposable
{
    private const ulong Flat = 0x00CF_9300_0000_FFFF, Small = 0x0040_9300_0000_0FFF;
    private static readonly Selector s_selector = new(0x10);

    private readonly FramePool _pool = new();
    private readonly Computer _computer;

    /// <summary>A processor whose SS has been loaded with the flat segment.</summary>
    public SegmentReloadTests()
    {
        _computer = new Computer(new ComputerOptions { MemorySize = 1 << 20 }, _pool);
        Load(s_selector, Flat);
    }

    private Processor P => _computer.Processors[0];

    [Fact]
    public void The_same_selector_with_another_descriptor_loads_that()
    {
        Load(s_selector, Small);
        Assert.Equal(0xFFFu, P.Segment(SegmentName.Ss).Limit);
    }

    [Fact]
    public void A_register_loaded_otherwise_meanwhile_is_loaded_again()
    {
        P.SetSegment(SegmentName.Ss, new SegmentRegister(s_selector.Value, 0x1000, 0xFFF, 0x93));
        Load(s_selector, Flat);
        Assert.Equal((0ul, uint.MaxValue), (P.Segment(SegmentName.Ss).Base, P.Segment(SegmentName.Ss).Limit));
    }

    [Fact]
    public void Another_selector_of_an_equal_descriptor_is_loaded()
    {
        Load(new Selector(0x18), Flat);
        Assert.Equal(0x18, P.Segment(SegmentName.Ss).Selector);
    }

    public void Dispose()
    {
        _computer.Dispose();
        _pool.Dispose();
    }

    private void Load(Selector selector, ulong descriptor) => P.LoadSegment(SegmentName.Ss, selector, new Descriptor(descriptor, 0, 0));
}
