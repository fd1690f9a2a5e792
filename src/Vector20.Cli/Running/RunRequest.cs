using Vector20.Cli.Tracing;
using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Machine.Images;
using Vector20.Machine.Platform;

namespace Vector20.Cli.Running;

/// <summary>What <c>run</c> is asked for; everything in it has been checked.</summary>
public sealed record RunRequest
{
    /// <summary>The image.</summary>
    public required ImageFile Image { get; init; }

    /// <summary>How the image is booted.</summary>
    public required BootOptions Boot { get; init; }

    /// <summary>What the machine is made of.</summary>
    public required ComputerOptions Computer { get; init; }

    /// <summary>What the PC around it is made of.</summary>
    public PcOptions Devices { get; init; } = new();

    /// <summary>The hypervisor it runs under; null on the bare machine.</summary>
    public HypervisorOptions? Hypervisor { get; init; }

    /// <summary>The most ticks of the clock the run may take.</summary>
    public ulong Limit { get; init; } = ulong.MaxValue;

    /// <summary>Show the VGA text screen.</summary>
    public bool Screen { get; init; }

    /// <summary>Where a trace is written; null for nowhere.</summary>
    public string? Trace { get; init; }

    /// <summary>In which format; null: by the file's name.</summary>
    public TraceFormat? TraceFormat { get; init; }

    /// <summary>One JSON document instead of text.</summary>
    public bool Json { get; init; }

    /// <summary>Colors in the summary.</summary>
    public bool Color { get; init; }
}
