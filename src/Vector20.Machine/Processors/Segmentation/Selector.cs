namespace Vector20.Machine.Processors.Segmentation;

/// <summary>A segment selector: index in bits 15:3, table indicator in bit 2, RPL in bits 1:0.</summary>
[Manual("3A", "3.4.2", "Segment Selectors")]
internal readonly record struct Selector(ushort Value)
{
    /// <summary>RPL, 0-3.</summary>
    public int Rpl => Value & 3;

    /// <summary>Whether it names a descriptor of the LDT (TI = 1).</summary>
    public bool IsLocal => (Value & 4) != 0;

    /// <summary>Whether it is a null selector, 0-3.</summary>
    public bool IsNull => (Value & ~3) == 0;

    /// <summary>Offset of its descriptor in the table.</summary>
    public uint Offset => Value & ~7u;

    /// <summary>The error code of a fault that names it: index and TI, with EXT and IDT clear.</summary>
    [Manual("3A", "6.13", "Error Code")]
    public uint ErrorCode => Value & ~3u;

    /// <summary>The same selector with another RPL.</summary>
    public Selector WithRpl(int rpl) => new((ushort)(Value & ~3 | rpl));
}
