using Vector20.Machine.Memory;

namespace Vector20.Machine.Images;

/// <summary>Checks that every piece of an image lies in RAM and on no other.</summary>
internal static class Placement
{
    /// <summary>Why the pieces cannot be placed, or null if they can.</summary>
    public static ImageError? Check(ImageFile file, IReadOnlyList<Piece> pieces, BootOptions options)
    {
        foreach (Piece piece in pieces)
        {
            if (!InRam(piece, options.MemorySize))
                return file.Refuse($"{piece.What} needs memory 0x{piece.Address:x}-0x{piece.End - 1:x}, which is no RAM", $"give the machine more than {options.MemorySize >> 10} KiB (-m), or link the image elsewhere");
        }

        Piece[] ordered = [.. pieces.Where(piece => piece.Length > 0).OrderBy(piece => piece.Address)];
        for (int i = 1; i < ordered.Length; i++)
        {
            if (ordered[i].Address < ordered[i - 1].End)
                return file.Refuse($"{ordered[i].What} at 0x{ordered[i].Address:x} overlaps {ordered[i - 1].What} at 0x{ordered[i - 1].Address:x}-0x{ordered[i - 1].End - 1:x}", "link the image so that they are apart");
        }

        return null;
    }

    private static bool InRam(Piece piece, ulong memorySize)
    {
        if (piece.Address + piece.Length < piece.Address) return false;
        if (piece.End <= PhysicalMemory.HoleStart) return piece.End <= memorySize;
        const ulong Hole = PhysicalMemory.HoleEnd - PhysicalMemory.HoleStart;
        return piece.Address >= PhysicalMemory.HoleEnd && piece.End - Hole <= memorySize;
    }
}
