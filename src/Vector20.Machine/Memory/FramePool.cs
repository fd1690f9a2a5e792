using System.Runtime.InteropServices;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Memory;

/// <summary>
/// The 4-KiB frames of host memory that guests' pages live in, with a count of the owners of each. One pool serves one
/// host thread and every machine forked on it; decoded code hangs on the frame that holds its bytes, so forks share it.
/// </summary>
public sealed unsafe class FramePool : IDisposable
{
    /// <summary>Bytes in a frame.</summary>
    public const int FrameSize = 4096;

    /// <summary>The frame of zeros that stands for every page never written. It is never written and never freed.</summary>
    public const int ZeroFrame = 0;

    /// <summary>The frame of ones that an instruction fetch reads where there is no RAM. It is never written and never freed.</summary>
    public const int OnesFrame = 1;

    private const int SlabShift = 8;
    private const int FramesInSlab = 1 << SlabShift;

    private nint[] _slabs = [];
    private readonly Stack<int> _free = new();
    private readonly List<TranslationCache> _caches = [];
    private int[] _owners = new int[FramesInSlab];
    private CodePage?[] _code = new CodePage?[FramesInSlab];
    private ulong[] _tables = new ulong[FramesInSlab];
    private int _used;
    private ulong _codeGenerations;

    /// <summary>Makes a pool that holds only the frames of zeros and of ones.</summary>
    public FramePool()
    {
        Allocate();
        new Span<byte>(Data(Allocate()), FrameSize).Fill(0xFF);
    }

    /// <summary>Frees every frame, whoever still owns it.</summary>
    ~FramePool() => Free();

    /// <summary>A number that no translation of any processor of any machine on the pool has had before: decoded blocks are shared, and so are their links.</summary>
    internal ulong NextCodeGeneration() => ++_codeGenerations;

    /// <summary>The translation cache that processors of a number use, whichever machine they belong to.</summary>
    internal TranslationCache Cache(int processor)
    {
        while (_caches.Count <= processor) _caches.Add(new TranslationCache());
        return _caches[processor];
    }

    /// <summary>Takes a frame of zeros with one owner.</summary>
    internal int Allocate()
    {
        if (!_free.TryPop(out int frame)) frame = Grow();
        NativeMemory.Clear(Data(frame), FrameSize);
        _owners[frame] = 1;
        return frame;
    }

    /// <summary>Takes a frame with the same bytes as <paramref name="original"/> and one owner.</summary>
    internal int Copy(int original)
    {
        if (!_free.TryPop(out int frame)) frame = Grow();
        Buffer.MemoryCopy(Data(original), Data(frame), FrameSize, FrameSize);
        _owners[frame] = 1;
        _tables[frame] = _tables[original];
        return frame;
    }

    /// <summary>Counts one more owner.</summary>
    internal void AddOwner(int frame)
    {
        if (frame != ZeroFrame) _owners[frame]++;
    }

    /// <summary>Counts one owner less, and frees the frame with the last.</summary>
    internal void Release(int frame)
    {
        if (frame == ZeroFrame || --_owners[frame] != 0) return;
        _code[frame]?.Discard();
        _code[frame] = null;
        _tables[frame] = 0;
        _free.Push(frame);
    }

    /// <summary>Whether one machine alone owns the frame, so that it may write in place.</summary>
    internal bool IsExclusive(int frame) => frame != ZeroFrame && _owners[frame] == 1;

    /// <summary>The frame's 4096 bytes. The pointer holds until the frame is released by its last owner. A number that is no frame's is out of the array's bounds.</summary>
    internal byte* Data(int frame) => (byte*)_slabs[frame >> SlabShift] + (frame & (FramesInSlab - 1)) * FrameSize;

    /// <summary>The decoded code whose bytes lie in the frame, if any has been decoded.</summary>
    internal ref CodePage? Code(int frame) => ref _code[frame];

    /// <summary>Which lines (<see cref="PageLines"/>) of the frame hold paging-structure entries that cached translations may have been made from.</summary>
    internal ref ulong Tables(int frame) => ref _tables[frame];

    /// <summary>Whether a write to the frame must be told of: code was decoded from it, or translations were made from it.</summary>
    internal bool IsWatched(int frame) => _tables[frame] != 0 || _code[frame]?.HasCode == true;

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private int Grow()
    {
        if (_used == _slabs.Length << SlabShift)
        {
            _slabs = [.. _slabs, (nint)NativeMemory.AlignedAlloc(FramesInSlab * FrameSize, FrameSize)];
            if (_owners.Length < _slabs.Length << SlabShift)
            {
                Array.Resize(ref _owners, _owners.Length * 2);
                Array.Resize(ref _code, _code.Length * 2);
                Array.Resize(ref _tables, _tables.Length * 2);
            }
        }

        return _used++;
    }

    private void Free()
    {
        foreach (nint slab in _slabs) NativeMemory.AlignedFree((void*)slab);
        _slabs = [];
        _used = 0;
    }
}
