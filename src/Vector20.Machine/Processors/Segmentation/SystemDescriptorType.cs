namespace Vector20.Machine.Processors.Segmentation;

/// <summary>The types of system segments and gates (S = 0).</summary>
[Manual("3A", "3.5", "System Descriptor Types")]
internal enum SystemDescriptorType
{
    /// <summary>16-bit TSS, available.</summary>
    AvailableTss16 = 1,

    /// <summary>LDT.</summary>
    Ldt = 2,

    /// <summary>16-bit TSS, busy.</summary>
    BusyTss16 = 3,

    /// <summary>16-bit call gate.</summary>
    CallGate16 = 4,

    /// <summary>Task gate.</summary>
    TaskGate = 5,

    /// <summary>16-bit interrupt gate.</summary>
    InterruptGate16 = 6,

    /// <summary>16-bit trap gate.</summary>
    TrapGate16 = 7,

    /// <summary>32-bit TSS, or 64-bit TSS in IA-32e mode, available.</summary>
    AvailableTss = 9,

    /// <summary>32-bit TSS, or 64-bit TSS in IA-32e mode, busy.</summary>
    BusyTss = 11,

    /// <summary>32-bit or 64-bit call gate.</summary>
    CallGate = 12,

    /// <summary>32-bit or 64-bit interrupt gate.</summary>
    InterruptGate = 14,

    /// <summary>32-bit or 64-bit trap gate.</summary>
    TrapGate = 15,
}
