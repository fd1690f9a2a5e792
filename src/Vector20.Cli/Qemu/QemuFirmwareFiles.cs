using System.Text;
using Vector20.Machine.Images;
using Vector20.Machine.Platform.Qemu;

namespace Vector20.Cli.Qemu;

/// <summary><c>-fw_cfg</c>: a file for the fw_cfg device, with a string's or another file's contents.</summary>
internal static class QemuFirmwareFiles
{
    private const int Most = 1024;

    public static ImageError? Read(QemuSettings settings, string text)
    {
        string name = "", path = "";
        byte[]? contents = null;
        foreach ((string key, string value) in QemuText.Pairs(text, "name"))
        {
            switch (key)
            {
                case "name":
                    name = value;
                    break;
                case "string":
                    contents = Encoding.UTF8.GetBytes(value);
                    break;
                case "file":
                    path = value;
                    break;
                default:
                    return QemuText.Refuse("-fw_cfg", key, "is no key of it", "give name, and string or file");
            }
        }

        if (name.Length is 0 or > FirmwareItem.LongestName) return QemuText.Refuse("-fw_cfg", name, "is no name of a file", $"give 1 to {FirmwareItem.LongestName} characters");
        if ((contents is null) == (path.Length == 0)) return QemuText.Refuse("-fw_cfg", name, "has no contents, or two", "give string or file");
        if (settings.Files.Any(file => file.Name == name)) return QemuText.Refuse("-fw_cfg", name, "is there already", "give each name once");
        if (settings.Files.Count == Most) return QemuText.Refuse("-fw_cfg", name, "is one file too many", $"give at most {Most}");
        if (contents is null)
        {
            if (!ImageFile.Read(path).TryGet(out ImageFile? file, out ImageError error)) return error;
            contents = file.Bytes.ToArray();
        }

        settings.Files.Add(FirmwareItem.File(name, contents));
        return null;
    }
}
