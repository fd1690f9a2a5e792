namespace Vector20.Bench.Linux;

/// <summary>A boot to measure.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Folder">Where the kernel and its initrd are.</param>
/// <param name="Kernel">The kernel's file name.</param>
/// <param name="Initrd">The initrd's.</param>
/// <param name="CommandLine">The kernel's command line.</param>
/// <param name="Processors">How many processors.</param>
/// <param name="Megabytes">How much memory.</param>
/// <param name="Marks">What the serial line says at the moments that are measured, and their names; the last one ends the run.</param>
internal sealed record LinuxBoot(string Name, string Folder, string Kernel, string Initrd, string CommandLine, int Processors, int Megabytes, (string Moment, string Text)[] Marks)
{
    /// <summary>The kernel's path.</summary>
    public string KernelPath => Path.Combine(Folder, Kernel);

    /// <summary>The initrd's path.</summary>
    public string InitrdPath => Path.Combine(Folder, Initrd);

    /// <summary>The boots there are images for: those of tools/build-kernels and of tools/get-debian-kernel.</summary>
    public static IReadOnlyList<LinuxBoot> All(string kernels, IEnumerable<string> debian)
    {
        List<LinuxBoot> boots = [];
        foreach (int processors in (int[])[1, 2])
            boots.Add(new LinuxBoot($"KVM's clean kernel, {processors} processor{(processors == 1 ? "" : "s")}", kernels, "bzImage-clean", "initrd.gz", "console=ttyS0 nokaslr tsc=reliable no_timer_check", processors, 256,
                [("/init", "init: "), ("power-off, after three VMs", "reboot: Power down")]));
        foreach (string folder in debian)
            boots.Add(new LinuxBoot($"Debian's {Path.GetFileName(folder)}, 2 processors", folder, "vmlinuz", "initrd", "console=ttyS0", 2, 512, [("/init", "Run /init"), ("prompt", "vector20:/#")]));
        return [.. boots.Where(boot => File.Exists(boot.KernelPath))];
    }
}
