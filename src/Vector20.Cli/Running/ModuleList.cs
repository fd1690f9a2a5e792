using Vector20.Machine.Images;

namespace Vector20.Cli.Running;

/// <summary>What <c>--initrd</c> takes: 'file arguments,file arguments', as QEMU has it.</summary>
internal static class ModuleList
{
    /// <summary>Reads the files.</summary>
    public static Parsed<List<BootModule>> Read(string? list)
    {
        var modules = new List<BootModule>();
        foreach (string line in (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!ImageFile.Read(line.Split(' ')[0]).TryGet(out ImageFile? file, out ImageError error)) return error;
            modules.Add(new BootModule(file, line));
        }

        return modules;
    }
}
