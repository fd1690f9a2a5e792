using Xunit;

namespace Vector20.Testing;

/// <summary>The programs and files that some tests need beyond the SDK. ./test fetches them; a test that lacks one is skipped and says which.</summary>
internal static class ExternalTools
{
    /// <summary>GNU C compiler.</summary>
    public static string Gcc => Command("gcc");

    /// <summary>QEMU for x86-64.</summary>
    public static string Qemu => Command("qemu-system-x86_64");

    /// <summary>Bochs.</summary>
    public static string Bochs => Command("bochs");

    /// <summary>Spin, the model checker.</summary>
    public static string Spin => Command("spin");

    /// <summary>Debian's 64-bit memtest86+ image.</summary>
    public static string Memtest => File("VECTOR20_MEMTEST", "/boot/memtest86+x64.bin", "memtest86+");

    /// <summary>The folder with 'vmlinuz' and 'initrd' of Debian's own kernel, as tools/get-debian-kernel makes it.</summary>
    public static string Debian => Folder("VECTOR20_DEBIAN", "linux-image-amd64");

    /// <summary>The same of Debian's kernel 6.12, where that is another one.</summary>
    public static string Debian612 => Folder("VECTOR20_DEBIAN_612", "linux-image-6.12-amd64");

    private static string Folder(string variable, string what)
    {
        string? path = Environment.GetEnvironmentVariable(variable);
        Assert.SkipUnless(System.IO.File.Exists(Path.Combine(path ?? "", "vmlinuz")), $"{variable} names no folder with {what} in it; tools/get-debian-kernel {what} makes one");
        return path!;
    }

    /// <summary>A kernel that tools/build-kernels made ('clean', 'M1', 'M2', 'M3'), and the initrd for it.</summary>
    public static (string Kernel, string Initrd) LinuxKvm(string kernel)
    {
        const string Variable = "VECTOR20_KERNELS";
        string folder = Environment.GetEnvironmentVariable(Variable) ?? "";
        Assert.SkipUnless(folder.Length > 0, $"the kernels of docs/linux.md are not built; './test --kernels' builds them first, {Variable} names their folder");
        return (Path.Combine(folder, $"bzImage-{kernel}"), Path.Combine(folder, "initrd.gz"));
    }

    private static string Command(string name)
    {
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            string path = Path.Combine(folder, name);
            if (System.IO.File.Exists(path)) return path;
        }

        Assert.Skip($"{name} is not on PATH");
        return "";
    }

    private static string File(string variable, string usual, string what)
    {
        string path = Environment.GetEnvironmentVariable(variable) is { Length: > 0 } chosen ? chosen : usual;
        Assert.SkipUnless(System.IO.File.Exists(path), $"{what} is not at {path}; set {variable}");
        return path;
    }
}
