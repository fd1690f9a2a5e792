namespace Vector20.Machine.Processors.Decoding;

/// <summary>
/// A run of decoded instructions that execute one after another: it ends at a branch, at an instruction that may change how
/// the next is read, at the page's end, or at the length limit.
/// </summary>
internal sealed class Block(int pageOffset, CodeMode mode, Operation[] operations, int byteLength)
{
    /// <summary>Offset in its page of the first byte.</summary>
    public readonly int PageOffset = pageOffset;

    /// <summary>The frame that holds its first byte.</summary>
    public required int Frame { get; init; }

    /// <summary>How it was decoded.</summary>
    public readonly CodeMode Mode = mode;

    /// <summary>The instructions.</summary>
    public readonly Operation[] Operations = operations;

    /// <summary>Bytes from the first instruction's first to the last one's last.</summary>
    public readonly int ByteLength = byteLength;

    /// <summary>False once a byte of it was written or its frame was freed.</summary>
    public bool Valid = true;

    /// <summary>Whether it ends in a return or an indirect branch, which too many ways lead from to remember two.</summary>
    public bool GoesAnywhere;

    /// <summary>Where execution went next, twice: the two ways out of a conditional branch.</summary>
    public BlockLink First, Second;

    /// <summary>The next block in the same bucket of its page.</summary>
    public Block? NextInBucket;

    /// <summary>Host address of the second frame that its last instruction reaches into, and the check that it still does; -1 if it does not.</summary>
    public int SecondFrame = -1;

    /// <summary>How often the first tier has executed it.</summary>
    public int Heat;

    /// <summary>Its translation, and that of blocks it leads to, once it ran often.</summary>
    public Translation.TranslatedRegion? Translation;

    /// <summary>The translations that hold it, with the blocks that lead to it.</summary>
    private List<Translation.TranslatedRegion>? _translations;

    /// <summary>It has become part of a translation. Those that hold no more are forgotten: a guest could make any number of them.</summary>
    public void AddTo(Translation.TranslatedRegion translation)
    {
        _translations ??= [];
        _translations.RemoveAll(static other => !other.Valid);
        _translations.Add(translation);
    }

    /// <summary>Makes every link to it, every cache and every translation of it miss.</summary>
    public void Discard()
    {
        Valid = false;
        foreach (Translation.TranslatedRegion translation in _translations ?? []) translation.Discard();
    }
}

/// <summary>A remembered way from one block to the next: right while context and RIP are the same and the target is valid.</summary>
internal struct BlockLink
{
    /// <summary>The <see cref="Processor.Context"/> it was made in.</summary>
    public ulong Context;

    /// <summary>RIP of the target.</summary>
    public ulong Rip;

    /// <summary>The target.</summary>
    public Block? Target;
}
