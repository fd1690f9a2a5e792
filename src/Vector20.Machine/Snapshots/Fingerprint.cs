using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Vector20.Machine.Snapshots;

/// <summary>
/// Takes in state piece by piece, always in the same order, and ends in 128 bits of XXH3: quick, and good against chance, not against an
/// adversary. Used again after <see cref="Finish"/>, it allocates nothing.
/// </summary>
public sealed class Fingerprint
{
    private ulong[] _numbers = new ulong[1024];
    private int _count;

    /// <summary>The digest of some numbers.</summary>
    public static UInt128 Of(params ReadOnlySpan<ulong> values) => XxHash128.HashToUInt128(MemoryMarshal.AsBytes(values));

    /// <summary>Takes in a number.</summary>
    public void Add(ulong value)
    {
        if (_count == _numbers.Length) Array.Resize(ref _numbers, _count * 2);
        _numbers[_count++] = value;
    }

    /// <summary>Takes in a truth value.</summary>
    public void Add(bool value) => Add(value ? 1ul : 0);

    /// <summary>Takes in numbers.</summary>
    public void Add(params ReadOnlySpan<ulong> values)
    {
        while (_count + values.Length > _numbers.Length) Array.Resize(ref _numbers, _numbers.Length * 2);
        values.CopyTo(_numbers.AsSpan(_count));
        _count += values.Length;
    }

    /// <summary>Takes in bytes, by a digest of their own.</summary>
    public void Add(ReadOnlySpan<byte> bytes) => Add(XxHash128.HashToUInt128(bytes));

    /// <summary>Takes in a digest.</summary>
    public void Add(UInt128 digest)
    {
        Add((ulong)(digest >> 64));
        Add((ulong)digest);
    }

    /// <summary>The digest of all that was taken in, and a fresh start.</summary>
    public UInt128 Finish()
    {
        UInt128 digest = Of(_numbers.AsSpan(0, _count));
        _count = 0;
        return digest;
    }
}
