namespace Vector20.Cli.Qemu;

/// <summary>QEMU's CPU models, each as a model of this project with features more or less.</summary>
internal static class QemuCpuModels
{
    private const string Basic = "nehalem,-ssse3,-sse41,-sse42,-popcnt,-rdtscp,-x2apic,-invarianttsc,-monitor,-vmx,-ept";
    private const string IvyBridge = "haswell,-avx2,-fma,-bmi1,-bmi2,-lzcnt,-movbe,-invpcid,-vmfunc,-vmcsshadowing,-eptaccesseddirty,-apicvirtualization";
    private const string SandyBridge = IvyBridge + ",-f16c,-rdrand,-fsgsbase,-smep,-erms,-tscadjust";

    /// <summary>Every model: QEMU's name, and what it is here.</summary>
    public static IReadOnlyList<(string Name, string Is)> All { get; } =
    [
        ("max", "default"), ("host", "default"), 
        ("qemu64", Basic), ("kvm64", Basic), ("pentium", "pentium"),
        ("Nehalem", "nehalem"), ("Westmere", "nehalem,+aes,+pclmulqdq"),
        ("SandyBridge", SandyBridge), ("IvyBridge", IvyBridge), ("Haswell", "haswell"), ("Broadwell", "haswell,+rdseed,+adx,+smap,+prefetchw"),
        ("Skylake-Client", "skylake"), ("Skylake-Server", "skylake"), ("Cascadelake-Server", "skylake"), ("Icelake-Server", "icelake"),
        ("default", "default"), ("skylake", "skylake"), ("icelake", "icelake"),
    ];

    /// <summary>What a name is here, or null.</summary>
    public static string? Find(string name) => All.FirstOrDefault(model => model.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Is;
}
