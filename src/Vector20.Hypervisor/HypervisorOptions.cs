namespace Vector20.Hypervisor;

/// <summary>How a guest's local APICs are made.</summary>
public enum VirtualApicMode
{
    /// <summary>Handed through: the guest has the processor's own, and external interrupts do not exit.</summary>
    Bare,

    /// <summary>In software: every access exits, every interrupt is injected at VM entry.</summary>
    Emulated,

    /// <summary>In software with the processor's help: APIC-register virtualization and virtual-interrupt delivery.</summary>
    Apicv,
}

/// <summary>How a VM is run.</summary>
public sealed record HypervisorOptions
{
    /// <summary>What the #VE check does.</summary>
    public VeCheck VeCheck { get; init; } = VeCheck.Kill;

    /// <summary>How local APICs are made.</summary>
    public VirtualApicMode Apic { get; init; } = VirtualApicMode.Emulated;

    /// <summary>Deliberate bugs.</summary>
    public HypervisorBugs Bugs { get; init; }

    /// <summary>Whether EPT accessed and dirty flags are on.</summary>
    public bool AccessedDirty { get; init; } = true;

    /// <summary>Levels of the EPT, 4 or 5.</summary>
    public int EptLevels { get; init; } = 4;

    /// <summary>The highest level of an EPT page: 1 is 4 KiB, 2 is 2 MiB, 3 is 1 GiB.</summary>
    public int LargestPage { get; init; } = 3;

    /// <summary>Bits of the exception bitmap in place of the hypervisor's own choice. Bit 20 stays the check's.</summary>
    public uint? ExceptionBitmap { get; init; }
}
