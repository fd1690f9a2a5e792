using System.Text;
using Vector20.Machine.Images;

namespace Vector20.Cli.Qemu;

/// <summary>Reads values in QEMU's way: <c>first,key=value,key=value</c>, where two commas are one in a value.</summary>
internal static class QemuText
{
    /// <summary>The parts between single commas.</summary>
    public static List<string> Parts(string text)
    {
        var parts = new List<string>();
        var part = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            bool comma = text[i] == ',', doubled = comma && i + 1 < text.Length && text[i + 1] == ',';
            if (!comma || doubled) part.Append(text[i]);
            if (doubled) i++;
            if (!comma || doubled) continue;
            parts.Add(part.ToString());
            part.Clear();
        }

        parts.Add(part.ToString());
        return parts;
    }

    /// <summary>Key and value of each part; the first may stand without its key, and a switch without a value is 'on'.</summary>
    public static IEnumerable<(string Key, string Value)> Pairs(string text, string keyOfFirst)
    {
        bool first = true;
        foreach (string part in Parts(text))
        {
            string[] pair = part.Split('=', 2);
            yield return pair.Length == 2 ? (pair[0], pair[1]) : first ? (keyOfFirst, part) : (part, "on");
            first = false;
        }
    }

    /// <summary>A refusal of something given to an option.</summary>
    public static ImageError Refuse(string option, string given, string what, string mend) => new(option, $"'{given}' {what}", mend);
}
