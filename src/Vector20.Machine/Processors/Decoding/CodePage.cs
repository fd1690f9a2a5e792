using Vector20.Machine.Memory;

namespace Vector20.Machine.Processors.Decoding;

/// <summary>The blocks decoded from the bytes of one frame. A write to any byte of a block discards it.</summary>
internal sealed class CodePage
{
    private const int Buckets = 64;
    private readonly Block?[] _blocks = new Block?[Buckets];

    /// <summary>Blocks that began in another frame and end in this one.</summary>
    private readonly List<Block> _tails = [];

    /// <summary>One bit for each 64 bytes that some block may have been decoded from.</summary>
    private ulong _coverage;

    private int _count;

    /// <summary>Whether any byte of the page has been decoded.</summary>
    public bool HasCode => _coverage != 0;

    /// <summary>The valid block that starts at an offset in the page and was decoded in a mode, if there is one.</summary>
    public Block? Find(int offset, CodeMode mode)
    {
        for (Block? block = _blocks[offset & (Buckets - 1)]; block is not null; block = block.NextInBucket)
            if (block.PageOffset == offset && block.Mode == mode && block.Valid) return block;
        return null;
    }

    /// <summary>Adds a block, in place of one that started at the same offset.</summary>
    public void Add(Block block)
    {
        ref Block? bucket = ref _blocks[block.PageOffset & (Buckets - 1)];
        if (Find(block.PageOffset, block.Mode) is { } old) old.Discard();
        RemoveDiscarded(ref bucket);
        block.NextInBucket = bucket;
        bucket = block;
        _count++;
        _coverage |= PageLines.Of(block.PageOffset, Math.Min(block.ByteLength, 0x1000 - block.PageOffset));
    }

    /// <summary>Adds a block that began in the page before and ends in this one.</summary>
    public void AddTail(Block block)
    {
        _tails.RemoveAll(static other => !other.Valid);
        _tails.Add(block);
        _coverage |= PageLines.Of(0, TailLength(block));
    }

    /// <summary>Bytes were written: discards every block decoded from any of them, and says whether there was one.</summary>
    public bool Written(int offset, int length)
    {
        if ((_coverage & PageLines.Of(offset, length)) == 0) return false;
        int before = _count + _tails.Count;
        for (int i = 0; i < Buckets; i++)
        {
            for (Block? block = _blocks[i]; block is not null; block = block.NextInBucket)
                if (block.PageOffset < offset + length && offset < block.PageOffset + block.ByteLength) block.Discard();
            RemoveDiscarded(ref _blocks[i]);
        }

        foreach (Block block in _tails)
            if (offset < TailLength(block)) block.Discard();
        _tails.RemoveAll(static block => !block.Valid);
        int after = _count + _tails.Count;
        if (after == 0) _coverage = 0;
        return after != before;
    }

    /// <summary>Discards every block.</summary>
    public void Discard() => Written(0, 0x1000);

    private static int TailLength(Block block) => block.PageOffset + block.ByteLength - 0x1000;

    private void RemoveDiscarded(ref Block? bucket)
    {
        ref Block? at = ref bucket;
        while (at is { } block)
        {
            if (block.Valid)
            {
                at = ref block.NextInBucket;
                continue;
            }

            at = block.NextInBucket;
            _count--;
        }
    }
}
