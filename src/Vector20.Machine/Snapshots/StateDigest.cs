using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Vector20.Machine.Snapshots;

/// <summary>Takes in state piece by piece, always in the same order, and ends in 128 bits of its SHA-256.</summary>
internal sealed class StateDigest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Takes in bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <summary>Takes in a number.</summary>
    public void Add(ulong value) => _hash.AppendData(MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in value)));

    /// <summary>Takes in numbers.</summary>
    public void Add(ReadOnlySpan<ulong> values) => _hash.AppendData(MemoryMarshal.AsBytes(values));

    /// <summary>The digest of all that was taken in.</summary>
    public UInt128 Finish()
    {
        Span<byte> all = stackalloc byte[SHA256.HashSizeInBytes];
        _hash.GetHashAndReset(all);
        return BinaryPrimitives.ReadUInt128BigEndian(all);
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
