using Vector20.Machine.Platform.Qemu;

namespace Vector20.Machine.Platform;

/// <summary>What may differ from one PC to another.</summary>
public sealed record PcOptions
{
    /// <summary>The date at power-up.</summary>
    public DateTime Start { get; init; } = new(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>The ports whose writing ends the run; null for none.</summary>
    public PortRange? ExitPort { get; init; } = new(PlatformLayout.ExitPort, 4);

    /// <summary>Whether the high precision event timer is there.</summary>
    public bool Hpet { get; init; } = true;

    /// <summary>Whether QEMU's test device is there.</summary>
    public bool TestDevice { get; init; }

    /// <summary>What the fw_cfg device tells.</summary>
    public IReadOnlyList<FirmwareItem> FirmwareItems { get; init; } = [];
}

/// <summary>A range of ports.</summary>
/// <param name="First">The first.</param>
/// <param name="Count">How many.</param>
public readonly record struct PortRange(ushort First, int Count);
