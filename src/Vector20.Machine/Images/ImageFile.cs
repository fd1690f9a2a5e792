namespace Vector20.Machine.Images;

/// <summary>A file's name and all its bytes.</summary>
/// <param name="Name">The name as the user gave it.</param>
/// <param name="Bytes">The contents.</param>
public sealed record ImageFile(string Name, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>No image is larger: what a machine's memory below its hole can hold, and an array.</summary>
    private const long Largest = 1L << 30;

    /// <summary>Reads a file.</summary>
    public static Parsed<ImageFile> Read(string path)
    {
        if (Directory.Exists(path)) return new ImageError(path, "is a directory", "name an image file in it");
        if (!File.Exists(path)) return new ImageError(path, "there is no such file", "check the path");
        try
        {
            byte[]? bytes = ReadUpTo(path, Largest);
            if (bytes is null) return new ImageError(path, "has more than 1 GiB", "give a smaller image");
            return bytes.Length == 0 ? new ImageError(path, "is empty", "give an image with something in it") : new ImageFile(path, bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new ImageError(path, "cannot be read", $"make it readable ({e.Message})");
        }
    }

    /// <summary>All bytes of a file, or null if there are more than some. A device or a pipe does not say beforehand how many it has.</summary>
    private static byte[]? ReadUpTo(string path, long most)
    {
        using FileStream file = File.OpenRead(path);
        if (file.CanSeek && file.Length > most) return null;
        using var bytes = new MemoryStream();
        byte[] piece = new byte[1 << 20];
        for (int length; (length = file.Read(piece)) > 0;)
        {
            if (bytes.Length + length > most) return null;
            bytes.Write(piece, 0, length);
        }

        return bytes.ToArray();
    }

    /// <summary>A refusal of this file.</summary>
    internal ImageError Refuse(string what, string mend) => new(Name, what, mend);
}
