namespace Vector20.Machine.Images;

/// <summary>Bytes and where in physical memory they go.</summary>
/// <param name="Address">Physical address of the first.</param>
/// <param name="Bytes">What is written there.</param>
/// <param name="Length">How much memory it claims: at least the bytes; what is beyond them stays zero.</param>
/// <param name="What">What it is, for messages.</param>
public sealed record Piece(ulong Address, ReadOnlyMemory<byte> Bytes, ulong Length, string What)
{
    /// <summary>A piece that claims just its bytes.</summary>
    public Piece(ulong address, ReadOnlyMemory<byte> bytes, string what) : this(address, bytes, (ulong)bytes.Length, what)
    {
    }

    /// <summary>The first address behind it.</summary>
    public ulong End => Address + Length;
}
