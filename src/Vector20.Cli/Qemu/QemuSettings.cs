using Vector20.Machine.Platform;
using Vector20.Machine.Platform.Qemu;
using Vector20.Machine.Processors.Models;

namespace Vector20.Cli.Qemu;

/// <summary>What a command line in QEMU's spelling asks for, as far as it is read; the defaults are QEMU's.</summary>
internal sealed class QemuSettings
{
    /// <summary>The image.</summary>
    public string? Kernel { get; set; }

    /// <summary>The initial RAM disk, or the multiboot modules.</summary>
    public string? Initrd { get; set; }

    /// <summary>The image's command line.</summary>
    public string Append { get; set; } = "";

    /// <summary>Number of processors.</summary>
    public int Processors { get; set; } = 1;

    /// <summary>Bytes of RAM.</summary>
    public ulong Memory { get; set; } = 128 << 20;

    /// <summary>The CPU model.</summary>
    public CpuModel Model { get; set; } = CpuModel.Default;

    /// <summary>Whether VMX was asked for by its name.</summary>
    public bool AsksForVmx { get; set; }

    /// <summary>Accelerator 'kvm': as a guest of the built-in hypervisor. Otherwise on the bare machine.</summary>
    public bool UnderHypervisor { get; set; }

    /// <summary>Where each serial line goes, in the order given.</summary>
    public List<string> Serial { get; } = [];

    /// <summary>Without a screen, and with the first serial line on the terminal.</summary>
    public bool NoGraphic { get; set; }

    /// <summary>A reset ends the run.</summary>
    public bool NoReboot { get; set; }

    /// <summary>Whether the high precision event timer is there.</summary>
    public bool Hpet { get; set; } = true;

    /// <summary>Whether pc-testdev is there.</summary>
    public bool TestDevice { get; set; }

    /// <summary>Files for the fw_cfg device.</summary>
    public List<FirmwareItem> Files { get; } = [];

    /// <summary>The ports of isa-debug-exit.</summary>
    public PortRange? ExitPort { get; set; }
}
