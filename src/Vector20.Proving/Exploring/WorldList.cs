using Vector20.Hypervisor;
using Vector20.Proving.Actions;
using Vector20.Proving.Questions;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Exploring;

/// <summary>In which worlds which actions are performed.</summary>
internal static class WorldList
{
    /// <summary>The modes and privilege levels of a guest.</summary>
    public static IReadOnlyList<(CpuMode Mode, int Cpl)> Modes { get; } =
        [(CpuMode.Long, 0), (CpuMode.Long, 3), (CpuMode.Compat, 0), (CpuMode.Compat, 3), (CpuMode.Protected, 0), (CpuMode.Protected, 3), (CpuMode.Real, 0)];

    /// <summary>Processor's help first: it is what a user gets.</summary>
    private static readonly VirtualApicMode[] s_apics = [VirtualApicMode.Apicv, VirtualApicMode.Emulated, VirtualApicMode.Bare];

    /// <summary>Single actions: each world with each of its alphabets. What a guest does by itself comes before what the host does to it.</summary>
    public static IEnumerable<(WorldOptions World, string Alphabet)> Singles(ProofRequest request) =>
        [.. InEveryMode(request, Alphabets.Ints, Alphabets.Exceptions, Alphabets.Exits), .. ThroughEveryGate(request), .. OnEveryApic(request), .. InEveryMode(request, Alphabets.HostEvents)];

    private static IEnumerable<(WorldOptions World, string Alphabet)> InEveryMode(ProofRequest request, params string[] alphabets) =>
        from apic in s_apics
        from mode in Modes
        from alphabet in alphabets
        select (Usual(request) with { Apic = apic, Mode = mode.Mode, Cpl = mode.Cpl }, alphabet);

    private static IEnumerable<(WorldOptions World, string Alphabet)> ThroughEveryGate(ProofRequest request) =>
        from mode in Modes
        from gates in Enum.GetValues<GateKind>()
        where gates != GateKind.Interrupt && Exists(gates, mode.Mode)
        from alphabet in (string[])[Alphabets.Ints, Alphabets.Exceptions]
        select (Usual(request) with { Mode = mode.Mode, Cpl = mode.Cpl, Gates = gates }, alphabet);

    private static IEnumerable<(WorldOptions World, string Alphabet)> OnEveryApic(ProofRequest request)
    {
        foreach (VirtualApicMode apic in s_apics)
            foreach (bool x2Apic in (bool[])[false, true])
            {
                WorldOptions world = Usual(request) with { Apic = apic, X2Apic = x2Apic };
                yield return (world with { Vcpus = 2 }, Alphabets.Ipis);
                if (x2Apic) yield return (world, Alphabets.SelfIpis);
                yield return (world, Alphabets.Lvts);
                if (x2Apic) yield return (world, Alphabets.HostEvents);
            }
    }

    /// <summary>Sequences.</summary>
    public static IEnumerable<WorldOptions> Sequences(ProofRequest request) =>
        from vcpus in request.Vcpus
        from world in (WorldOptions[])
        [
            Usual(request),
            Usual(request) with { Apic = VirtualApicMode.Emulated, X2Apic = true, AccessedDirty = false },
            Usual(request) with { Apic = VirtualApicMode.Bare },
        ]
        select world with { Vcpus = vcpus };

    /// <summary>The EPT by itself: accessed and dirty flags, levels, sizes of pages.</summary>
    public static IEnumerable<WorldOptions> Closures(ProofRequest request)
    {
        WorldOptions bare = Usual(request) with { Apic = VirtualApicMode.Bare };
        foreach (bool accessedDirty in (bool[])[true, false])
        {
            yield return bare with { AccessedDirty = accessedDirty };
            yield return bare with { AccessedDirty = accessedDirty, LargestPage = 3 };
        }

        yield return bare with { EptLevels = 5 };
    }

    private static WorldOptions Usual(ProofRequest request) => new() { VeCheck = request.VeCheck, HardwareFaults = request.HardwareFaults, HypervisorBugs = request.HypervisorBugs };

    private static bool Exists(GateKind gates, CpuMode mode) => gates switch
    {
        GateKind.InterruptStack => mode is CpuMode.Long or CpuMode.Compat,
        GateKind.Task => mode == CpuMode.Protected,
        _ => mode != CpuMode.Real,
    };
}
