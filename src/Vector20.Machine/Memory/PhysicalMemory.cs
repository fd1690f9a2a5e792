using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Vector20.Machine.Memory;

/// <summary>
/// A machine's RAM: a sparse, copy-on-write map from physical page to frame. Forking shares every frame; the first
/// write to a shared frame copies it. RAM lies at 0 up to 3 GiB, and from 4 GiB on what is left; the hole holds devices.
/// </summary>
public sealed unsafe class PhysicalMemory : IDisposable
{
    /// <summary>Where the hole for devices begins.</summary>
    public const ulong HoleStart = 0xC000_0000;

    /// <summary>Where RAM goes on above the hole.</summary>
    public const ulong HoleEnd = 0x1_0000_0000;

    private const int ChunkShift = 6;
    private const int FramesInChunk = 1 << ChunkShift;

    private readonly FramePool _pool;
    private readonly Chunk[] _chunks;

    /// <summary>Makes RAM of <paramref name="size"/> bytes (rounded up to a page), all zeros.</summary>
    public PhysicalMemory(FramePool pool, ulong size)
    {
        _pool = pool;
        Size = (size + 0xFFF) & ~0xFFFul;
        _chunks = new Chunk[((Size >> 12) + FramesInChunk - 1) >> ChunkShift];
        for (int i = 0; i < _chunks.Length; i++) _chunks[i] = new Chunk();
    }

    private PhysicalMemory(PhysicalMemory original)
    {
        _pool = original._pool;
        Size = original.Size;
        _chunks = original._chunks.AsSpan().ToArray();
        foreach (Chunk chunk in _chunks) chunk.Owners++;
    }

    /// <summary>Bytes of RAM.</summary>
    public ulong Size { get; }

    /// <summary>Called when host memory behind a page is another, or may no longer be written unseen: cached host pointers are stale.</summary>
    internal Action? HostPointersStale { get; set; }

    /// <summary>Called when a paging structure or a page of decoded code is another: translations and ways to blocks are stale too.</summary>
    internal Action? TranslationsStale { get; set; }

    /// <summary>Called after a write discarded decoded code, perhaps that of the running block.</summary>
    internal Action? CodeDiscarded { get; set; }

    /// <summary>The pool the frames come from.</summary>
    public FramePool Pool => _pool;

    /// <summary>A second memory with the same contents. Writes to either are not seen in the other.</summary>
    /// <remarks>The caller must drop every writable host pointer it has cached: the frames are shared from now on.</remarks>
    public PhysicalMemory Fork() => new(this);

    /// <summary>Whether the page at <paramref name="address"/> is RAM.</summary>
    public bool Contains(ulong address) => PageIndex(address) >= 0;

    /// <summary>The frame that holds the page at <paramref name="address"/>, or -1 if that is not RAM.</summary>
    internal int FrameForReading(ulong address)
    {
        long page = PageIndex(address);
        return page < 0 ? -1 : _chunks[page >> ChunkShift].Frames[(int)page & (FramesInChunk - 1)];
    }

    /// <summary>The frame that holds the page at <paramref name="address"/>, or -1 if that is not RAM, and whether it may be written in place.</summary>
    internal int FrameForReading(ulong address, out bool exclusive)
    {
        exclusive = false;
        long page = PageIndex(address);
        if (page < 0) return -1;
        Chunk chunk = _chunks[page >> ChunkShift];
        int frame = chunk.Frames[(int)page & (FramesInChunk - 1)];
        exclusive = chunk.Owners == 1 && _pool.IsExclusive(frame);
        return frame;
    }

    /// <summary>
    /// Reads the 8 bytes, aligned down, of a paging-structure entry that a translation is made from. From now on a write to it makes
    /// translations stale: so what is cached is never seen to differ from what memory says. All ones where there is no RAM.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong ReadEntry(ulong address)
    {
        int frame = FrameForReading(address);
        if (frame < 0) return ulong.MaxValue;
        ref ulong lines = ref _pool.Tables(frame);
        ulong line = 1ul << ((int)address >> 6 & 63);
        if ((lines & line) == 0 && frame != FramePool.ZeroFrame)
        {
            if (lines == 0) HostPointersStale?.Invoke();
            lines |= line;
        }

        return *(ulong*)(_pool.Data(frame) + (address & 0xFF8));
    }

    /// <summary>Sets flags in a paging-structure entry, which makes no translation stale.</summary>
    internal void WriteEntry<T>(ulong address, T entry) where T : unmanaged
    {
        int frame = FrameForWriting(address), offset = (int)address & 0xFFF;
        if (frame < 0) return;
        *(T*)(_pool.Data(frame) + offset) = entry;
        if (_pool.Code(frame)?.Written(offset, sizeof(T)) == true) CodeDiscarded?.Invoke();
    }

    /// <summary>The frame that holds the page at <paramref name="address"/>, made exclusive so that it may be written, or -1 if that is not RAM.</summary>
    internal int FrameForWriting(ulong address)
    {
        long page = PageIndex(address);
        if (page < 0) return -1;
        ref Chunk chunk = ref _chunks[page >> ChunkShift];
        if (chunk.Owners > 1) chunk = Unshare(chunk);
        ref int frame = ref chunk.Frames[(int)page & (FramesInChunk - 1)];
        if (_pool.IsExclusive(frame)) return frame;
        int shared = frame;
        frame = shared == FramePool.ZeroFrame ? _pool.Allocate() : _pool.Copy(shared);
        Action? stale = _pool.IsWatched(shared) ? TranslationsStale : HostPointersStale;
        _pool.Release(shared);
        stale?.Invoke();
        return frame;
    }

    /// <summary>Reads a naturally aligned value. All ones where there is no RAM.</summary>
    public T Read<T>(PhysicalAddress address) where T : unmanaged
    {
        Unsafe.SkipInit(out T value);
        Read(address, MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref value, 1)));
        return value;
    }

    /// <summary>Writes a value. Dropped where there is no RAM.</summary>
    public void Write<T>(PhysicalAddress address, T value) where T : unmanaged =>
        Write(address, MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref value, 1)));

    /// <summary>The bytes of the page at an address, empty if that is not RAM or was never written. They hold until the next write.</summary>
    internal ReadOnlySpan<byte> PageBytes(ulong address)
    {
        int frame = FrameForReading(address);
        return frame is < 0 or FramePool.ZeroFrame ? [] : new ReadOnlySpan<byte>(_pool.Data(frame), FramePool.FrameSize);
    }

    /// <summary>Adds the addresses of the pages whose bytes may differ from those of a memory that this one descends from.</summary>
    internal void AddChangedPages(PhysicalMemory ancestor, List<ulong> pages)
    {
        for (int i = 0; i < _chunks.Length; i++)
        {
            if (_chunks[i] == ancestor._chunks[i]) continue;
            ReadOnlySpan<int> now = _chunks[i].Frames, then = ancestor._chunks[i].Frames;
            for (int page = now.CommonPrefixLength(then); page < FramesInChunk; page += 1 + now[(page + 1)..].CommonPrefixLength(then[(page + 1)..]))
            {
                ulong offset = ((ulong)i << ChunkShift | (uint)page) << 12;
                if (offset >= Size) break;
                pages.Add(offset < HoleStart ? offset : offset - HoleStart + HoleEnd);
            }
        }
    }

    /// <summary>The 4096 bytes of the page at an address; empty if that is not RAM. They hold until the next write.</summary>
    internal ReadOnlySpan<byte> BytesOf(ulong address)
    {
        int frame = FrameForReading(address);
        return frame < 0 ? [] : new ReadOnlySpan<byte>(_pool.Data(frame), FramePool.FrameSize);
    }

    /// <summary>Reads bytes, over page boundaries too. All ones where there is no RAM.</summary>
    public void Read(PhysicalAddress address, Span<byte> destination)
    {
        ulong at = address.Value;
        while (!destination.IsEmpty)
        {
            int offset = (int)at & 0xFFF;
            int length = Math.Min(destination.Length, FramePool.FrameSize - offset);
            int frame = FrameForReading(at);
            if (frame < 0) destination[..length].Fill(0xFF);
            else new ReadOnlySpan<byte>(_pool.Data(frame) + offset, length).CopyTo(destination);
            destination = destination[length..];
            at += (uint)length;
        }
    }

    /// <summary>Writes bytes, over page boundaries too, and discards code decoded from them. Dropped where there is no RAM.</summary>
    public void Write(PhysicalAddress address, ReadOnlySpan<byte> source)
    {
        ulong at = address.Value;
        while (!source.IsEmpty)
        {
            int offset = (int)at & 0xFFF;
            int length = Math.Min(source.Length, FramePool.FrameSize - offset);
            int frame = FrameForWriting(at);
            if (frame >= 0)
            {
                source[..length].CopyTo(new Span<byte>(_pool.Data(frame) + offset, length));
                Written(frame, offset, length);
            }

            source = source[length..];
            at += (uint)length;
        }
    }

    private void Written(int frame, int offset, int length)
    {
        if (_pool.Code(frame)?.Written(offset, length) == true) CodeDiscarded?.Invoke();
        if ((_pool.Tables(frame) & PageLines.Of(offset, length)) == 0) return;
        _pool.Tables(frame) = 0;
        TranslationsStale?.Invoke();
    }

    /// <summary>Gives every frame back to the pool. Using the memory afterwards is a defect.</summary>
    public void Dispose()
    {
        foreach (Chunk chunk in _chunks)
        {
            if (--chunk.Owners > 0) continue;
            foreach (int frame in chunk.Frames) _pool.Release(frame);
        }

        Array.Clear(_chunks);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long PageIndex(ulong address)
    {
        if (address >= HoleStart)
        {
            if (address < HoleEnd) return -1;
            address -= HoleEnd - HoleStart;
        }

        return address < Size ? (long)(address >> 12) : -1;
    }

    private Chunk Unshare(Chunk shared)
    {
        shared.Owners--;
        var own = new Chunk();
        own.Frames = shared.Frames;
        foreach (int frame in own.Frames) _pool.AddOwner(frame);
        return own;
    }

    /// <summary>256 KiB worth of frames, itself shared between forks until one of them writes: small, for that is what the first write to it copies.</summary>
    private sealed class Chunk
    {
        public ChunkFrames Frames;
        public int Owners = 1;
    }

    [InlineArray(FramesInChunk)]
    private struct ChunkFrames
    {
        private int _first;
    }
}
