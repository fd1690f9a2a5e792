using Vector20.Cli.Output;
using Vector20.Cli.Running;
using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Machine.Images;
using Vector20.Machine.Platform;
using Vector20.Machine.Platform.Qemu;

namespace Vector20.Cli.Qemu;

/// <summary><c>vector20 qemu</c>, or <c>vector20-qemu</c>: an image with QEMU's spelling of the options and QEMU's exit codes.</summary>
internal static class QemuCommand
{
    /// <summary>The first argument that asks for this spelling.</summary>
    public const string Name = "qemu";

    private const int Megahertz = 100;

    /// <summary>Reads the command line and runs it.</summary>
    public static int Run(IReadOnlyList<string> arguments, Streams streams)
    {
        if (QemuHelp.PrintIfAskedFor(arguments, streams)) return ExitCode.Good;
        if (!QemuOptions.Read(arguments).TryGet(out QemuSettings? settings, out ImageError error)) return Refuse(streams, error.ToString());
        if (!Request(settings).TryGet(out RunRequest? request, out error)) return Refuse(streams, error.ToString());
        return QemuRunner.Run(request, settings, streams);
    }

    /// <summary>Says something in one line.</summary>
    public static void Say(Streams streams, string what) => streams.Error.WriteLine($"vector20-qemu: {what}");

    /// <summary>Refuses in one line. The exit code of a refusal.</summary>
    public static int Refuse(Streams streams, string what)
    {
        Say(streams, what);
        return ExitCode.Usage;
    }

    /// <summary>The user's files; and -nographic, which the guest may want to know.</summary>
    private static List<FirmwareItem> FirmwareItems(QemuSettings settings) =>
        [.. settings.Files, .. settings.NoGraphic ? [FirmwareItem.Of(FirmwareKey.NoGraphic, new byte[] { 1, 0 })] : Array.Empty<FirmwareItem>()];

    private static Parsed<RunRequest> Request(QemuSettings settings)
    {
        if (settings.Kernel is not { } kernel) return new ImageError("-kernel", "no image is given", "give one: there is no BIOS to boot anything else");
        if (settings is { UnderHypervisor: true, AsksForVmx: true })
            return new ImageError("-cpu", "'+vmx' cannot be had with accelerator kvm: a guest of the built-in hypervisor sees no VMX", "give -accel tcg, the bare machine");
        if (!ImageFile.Read(kernel).TryGet(out ImageFile? image, out ImageError error)) return error;
        if (!ModuleList.Read(settings.Initrd).TryGet(out List<BootModule>? modules, out error)) return error;
        var boot = new BootOptions { MemorySize = settings.Memory, Processors = settings.Processors, CommandLine = settings.Append, Hpet = settings.Hpet, Modules = modules };
        return new RunRequest
        {
            Image = image,
            Boot = boot,
            Computer = new ComputerOptions { MemorySize = settings.Memory, Processors = settings.Processors, Model = settings.Model.At(Megahertz) },
            Devices = new PcOptions { ExitPort = settings.ExitPort, TestDevice = settings.TestDevice, Hpet = settings.Hpet, FirmwareItems = FirmwareItems(settings) },
            Hypervisor = settings.UnderHypervisor ? new HypervisorOptions() : null,
        };
    }
}
