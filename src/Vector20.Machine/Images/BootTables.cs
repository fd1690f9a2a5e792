using System.Text;

namespace Vector20.Machine.Images;

/// <summary>The small tables beside an image: descriptors, pages, the command line.</summary>
internal static class BootTables
{
    /// <summary>What a width of code needs to be entered.</summary>
    public static IReadOnlyList<Piece> For(EntryWidth width) => width switch
    {
        EntryWidth.Bits16 => [],
        EntryWidth.Bits32 => [BootGdt.Make(width)],
        _ => [BootGdt.Make(width), IdentityPages.Make()],
    };

    /// <summary>The zero-terminated command line.</summary>
    public static Piece CommandLine(string text) => new(LowMemory.CommandLine, Encoding.Latin1.GetBytes(text + '\0'), "the command line");
}
