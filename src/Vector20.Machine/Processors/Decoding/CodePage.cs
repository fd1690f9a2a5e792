namespace Vector20.Machine.Processors.Decoding;

/// <summary>The blocks decoded from the bytes of one frame. A write to any byte of a block discards it.</summary>
internal sealed class CodePage
{
    private const int Buckets = 64;
    private readonly Block?[] _blocks = new Block?[Buckets];

    /// <summary>One bit for each 64 bytes that some block was decoded from.</summary>
    private ulong _coverage;

    /// <summary>The valid block that starts at an offset in the page and was decoded in a mode, if there is one.</summary>
    public Block? Find(int offset, CodeMode mode)
    {
        for (Block? block = _blocks[offset & (Buckets - 1)]; block is not null; block = block.NextInBucket)
            if (block.PageOffset == offset && block.Mode == mode) return block;
        return null;
    }

    /// <summary>Adds a block.</summary>
    public void Add(Block block)
    {
        ref Block? bucket = ref _blocks[block.PageOffset & (Buckets - 1)];
        block.NextInBucket = bucket;
        bucket = block;
        Cover(block.PageOffset, Math.Min(block.ByteLength, 0x1000 - block.PageOffset));
    }

    /// <summary>Marks bytes as decoded without a block of their own: the tail of a block that began in the page before.</summary>
    public void Cover(int offset, int length)
    {
        for (int line = offset >> 6; line <= offset + length - 1 >> 6; line++) _coverage |= 1ul << line;
    }

    /// <summary>Bytes were written: discards every block of the page if code was decoded from near them, and says whether.</summary>
    public bool Written(int offset, int length)
    {
        for (int line = offset >> 6; line <= offset + length - 1 >> 6; line++)
        {
            if ((_coverage & 1ul << line) == 0) continue;
            Discard();
            return true;
        }

        return false;
    }

    /// <summary>Whether any byte of the page has been decoded.</summary>
    public bool HasCode => _coverage != 0;

    /// <summary>Discards every block.</summary>
    public void Discard()
    {
        foreach (Block? first in _blocks)
            for (Block? block = first; block is not null; block = block.NextInBucket) block.Discard();
        Array.Clear(_blocks);
        Tails.ForEach(block => block.Discard());
        Tails.Clear();
        _coverage = 0;
    }

    /// <summary>Blocks that began in another frame and end in this one.</summary>
    public List<Block> Tails { get; } = [];
}
