using Vector20.Machine.Images;

namespace Vector20.Cli.Qemu;

/// <summary><c>-serial</c>: where the first serial line goes. There is no second.</summary>
internal static class QemuSerial
{
    private const string File = "file:";
    private static readonly string[] s_terminal = ["stdio", "mon:stdio"], s_nowhere = ["none", "null"];

    public static ImageError? Read(QemuSettings settings, string text)
    {
        bool somewhere = s_terminal.Contains(text) || text.StartsWith(File, StringComparison.Ordinal) && text.Length > File.Length;
        if (!somewhere && !s_nowhere.Contains(text)) return QemuText.Refuse("-serial", text, "cannot be had here", "give stdio, mon:stdio, file:PATH, null or none");
        if (somewhere && settings.Serial.Count > 0) return QemuText.Refuse("-serial", text, "would be a second serial line, and there is one", "give null or none");
        settings.Serial.Add(text);
        return null;
    }

    /// <summary>Whether the line is the terminal. Without an option it is only where there is no screen.</summary>
    public static bool IsTerminal(QemuSettings settings) => settings.Serial.Count > 0 ? s_terminal.Contains(settings.Serial[0]) : settings.NoGraphic;

    /// <summary>The file that the line goes to; null for none.</summary>
    public static string? FileOf(QemuSettings settings) =>
        settings.Serial.Count > 0 && settings.Serial[0].StartsWith(File, StringComparison.Ordinal) ? settings.Serial[0][File.Length..] : null;
}
