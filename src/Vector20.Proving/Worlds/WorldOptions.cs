using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Proving.Questions;

namespace Vector20.Proving.Worlds;

/// <summary>What does not change while a world is explored.</summary>
public sealed record WorldOptions
{
    /// <summary>vCPUs.</summary>
    public int Vcpus { get; init; } = 1;

    /// <summary>How local APICs are made.</summary>
    public VirtualApicMode Apic { get; init; } = VirtualApicMode.Apicv;

    /// <summary>Whether they are in x2APIC mode.</summary>
    public bool X2Apic { get; init; }

    /// <summary>The mode the guest acts in.</summary>
    public CpuMode Mode { get; init; } = CpuMode.Long;

    /// <summary>The privilege level it acts at.</summary>
    public int Cpl { get; init; }

    /// <summary>Whether EPT accessed and dirty flags are on.</summary>
    public bool AccessedDirty { get; init; } = true;

    /// <summary>Levels of the EPT.</summary>
    public int EptLevels { get; init; } = 4;

    /// <summary>The highest level of an EPT page.</summary>
    public int LargestPage { get; init; } = 2;

    /// <summary>What the #VE check does.</summary>
    public VeCheck VeCheck { get; init; } = VeCheck.Kill;

    /// <summary>The gates of the guest's interrupt table.</summary>
    public GateKind Gates { get; init; } = GateKind.Interrupt;

    /// <summary>Deviations of the silicon.</summary>
    public HardwareFaults HardwareFaults { get; init; }

    /// <summary>Deliberate bugs of the hypervisor.</summary>
    public HypervisorBugs HypervisorBugs { get; init; }

    /// <summary>Why there is no such world, in a few words; null: there is.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string? Problem
    {
        get
        {
            if ((int)HardwareFaults >> 9 != 0 || (int)HypervisorBugs >> 14 != 0) return "a deviation that has no name";
            if (!Enum.IsDefined(Mode) || !Enum.IsDefined(Gates) || !Enum.IsDefined(Apic) || !Enum.IsDefined(VeCheck)) return "a value that has no name";
            if (Vcpus is < 1 or > 4) return $"{Vcpus} vCPUs; there are 1 to 4";
            if (Cpl is not (0 or 3)) return $"cpl {Cpl}; it is 0 or 3";
            if (Mode == CpuMode.Real && (Cpl == 3 || Vcpus > 1)) return "real-address mode has one vCPU, and no privilege levels";
            if (EptLevels is not (4 or 5)) return $"{EptLevels} levels of EPT; there are 4 or 5";
            if (LargestPage is < 1 or > 3) return $"pages to level {LargestPage}; the levels are 1 to 3";
            return (HypervisorBugs & (HypervisorBugs.NestedVeInfoMissing | HypervisorBugs.ForwardVeToL1)) != 0 ? "a nested bug needs a nested hypervisor" : null;
        }
    }

    /// <summary>The circumstances in a few words: what is not as usual.</summary>
    public override string ToString()
    {
        var words = new List<string> { Names.Of(Apic), X2Apic ? "x2apic" : "xapic", Names.Of(Mode), $"cpl {Cpl}", Vcpus == 1 ? "1 vCPU" : $"{Vcpus} vCPUs" };
        if (!AccessedDirty) words.Add("no accessed/dirty");
        if (EptLevels != 4) words.Add($"{EptLevels}-level EPT");
        if (LargestPage != 2) words.Add($"pages to level {LargestPage}");
        if (Gates != GateKind.Interrupt) words.Add($"{Names.Of(Gates)} gates");
        return string.Join(", ", words);
    }
}

/// <summary>The gates behind all vectors.</summary>
public enum GateKind
{
    /// <summary>Interrupt gates, open to CPL 3.</summary>
    Interrupt,

    /// <summary>Trap gates, open to CPL 3.</summary>
    Trap,

    /// <summary>Interrupt gates of DPL 0: INT n at CPL 3 is #GP.</summary>
    Closed,

    /// <summary>Gates on an interrupt stack (IA-32e mode).</summary>
    InterruptStack,

    /// <summary>Gates that are not present, but for those of #NP, #DF and the guest's own return.</summary>
    Absent,

    /// <summary>Task gates that lead to no task (protected mode): #TS or #GP.</summary>
    Task,
}
