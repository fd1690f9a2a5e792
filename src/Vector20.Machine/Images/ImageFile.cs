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
            long length = new FileInfo(path).Length;
            if (length > Largest) return new ImageError(path, $"has {length} bytes, more than 1 GiB", "give a smaller image");
            byte[] bytes = File.ReadAllBytes(path);
            return bytes.Length == 0 ? new ImageError(path, "is empty", "give an image with something in it") : new ImageFile(path, bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new ImageError(path, "cannot be read", $"make it readable ({e.Message})");
        }
    }

    /// <summary>A refusal of this file.</summary>
    internal ImageError Refuse(string what, string mend) => new(Name, what, mend);
}
