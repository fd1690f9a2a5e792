using Vector20.Machine.Images;

namespace Vector20.Cli.Qemu;

/// <summary>An option in QEMU's spelling.</summary>
/// <param name="Name">Without its hyphen.</param>
/// <param name="Value">What its value is called in the help; empty for an option without one.</param>
/// <param name="What">One line.</param>
/// <param name="Apply">Takes the value over, or says why not.</param>
internal sealed record QemuOption(string Name, string Value, string What, Func<QemuSettings, string, ImageError?> Apply)
{
    /// <summary>An option without a value.</summary>
    public static QemuOption Switch(string name, string what, Action<QemuSettings> apply) =>
        new(name, "", what, (settings, _) =>
        {
            apply(settings);
            return null;
        });

    /// <summary>An option with a value that needs no check yet.</summary>
    public static QemuOption Text(string name, string value, string what, Action<QemuSettings, string> apply) =>
        new(name, value, what, (settings, text) =>
        {
            apply(settings, text);
            return null;
        });

    /// <summary>An option that may ask for nothing but what is so anyway.</summary>
    public static QemuOption Fixed(string name, string what, params string[] values) =>
        new(name, string.Join('|', values), what, (_, text) => values.Contains(text) ? null : QemuText.Refuse($"-{name}", text, "cannot be had here", $"give {string.Join(" or ", values)}"));
}
