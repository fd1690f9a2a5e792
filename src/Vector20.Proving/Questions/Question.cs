using Vector20.Hypervisor;
using Vector20.Machine;

namespace Vector20.Proving.Questions;

/// <summary>The operating mode the guest is in when it acts.</summary>
public enum CpuMode
{
    /// <summary>Real-address mode: CR0.PE = 0.</summary>
    Real,

    /// <summary>32-bit protected mode with paging.</summary>
    Protected,

    /// <summary>Compatibility mode: 32-bit code in IA-32e mode.</summary>
    Compat,

    /// <summary>64-bit mode.</summary>
    Long,
}

/// <summary>Who runs the guest.</summary>
public enum HypervisorChoice
{
    /// <summary>No one: the code runs on the bare machine.</summary>
    None,

    /// <summary>The built-in, KVM-shaped hypervisor.</summary>
    Builtin,
}

/// <summary>What every question may set.</summary>
public sealed record QuestionOptions
{
    /// <summary>What the #VE check does.</summary>
    public VeCheck VeCheck { get; init; } = VeCheck.Kill;

    /// <summary>The exception bitmap in place of the hypervisor's own choice, bit 20 apart.</summary>
    public uint? ExceptionBitmap { get; init; }

    /// <summary>The mode the guest acts in.</summary>
    public CpuMode CpuMode { get; init; } = CpuMode.Long;

    /// <summary>The privilege level it acts at: 0 or 3.</summary>
    public int Cpl { get; init; }

    /// <summary>How local APICs are made; null: virtualized by the processor under the hypervisor, bare without.</summary>
    public VirtualApicMode? Apic { get; init; }

    /// <summary>Who runs the guest.</summary>
    public HypervisorChoice Hypervisor { get; init; } = HypervisorChoice.Builtin;

    /// <summary>Deviations of the silicon.</summary>
    public HardwareFaults HardwareFaults { get; init; }

    /// <summary>Deliberate bugs of the hypervisor.</summary>
    public HypervisorBugs HypervisorBugs { get; init; }
}

/// <summary>Can a guest make this happen, and by which path? Answered by <c>Asking.Ask</c>.</summary>
/// <param name="Source">What the guest does.</param>
/// <param name="Options">Under which circumstances.</param>
public sealed record Question(Source Source, QuestionOptions Options);
