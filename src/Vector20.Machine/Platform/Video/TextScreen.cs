using Vector20.Machine.Memory;

namespace Vector20.Machine.Platform.Video;

/// <summary>Reads the 80 x 25 characters of the VGA text screen from memory.</summary>
public static class TextScreen
{
    /// <summary>Characters in a row.</summary>
    public const int Columns = 80;

    /// <summary>Rows.</summary>
    public const int Rows = 25;

    /// <summary>Code page 437, which VGA characters are in: below 20H and from 7FH on.</summary>
    private const string Symbols = " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼";

    private const string HighCharacters =
        "⌂ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ";

    /// <summary>The rows, without the blanks at their ends.</summary>
    public static IReadOnlyList<string> Read(PhysicalMemory memory)
    {
        var cells = new byte[Columns * Rows * 2];
        memory.Read(new PhysicalAddress(PlatformLayout.TextScreen), cells);
        return [.. Enumerable.Range(0, Rows).Select(row => Row(cells, row))];
    }

    /// <summary>A character of code page 437.</summary>
    public static char Character(byte code) => code < 0x20 ? Symbols[code] : code < 0x7F ? (char)code : HighCharacters[code - 0x7F];

    private static string Row(byte[] cells, int row) =>
        string.Create(Columns, row, (text, at) =>
        {
            for (int i = 0; i < Columns; i++) text[i] = Character(cells[(at * Columns + i) * 2]);
        }).TrimEnd();
}
