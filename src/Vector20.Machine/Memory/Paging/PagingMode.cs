using Vector20.Machine.Processors;

namespace Vector20.Machine.Memory.Paging;

/// <summary>How linear addresses are translated.</summary>
[Manual("3A", "4.1.1", "Four Paging Modes")]
internal enum PagingMode : byte
{
    /// <summary>Paging is off: the linear address is the physical address.</summary>
    None,

    /// <summary>32-bit paging: two levels of 4-byte entries.</summary>
    Bits32,

    /// <summary>PAE paging: four PDPTE registers, then two levels of 8-byte entries.</summary>
    Pae,

    /// <summary>4-level paging.</summary>
    FourLevel,

    /// <summary>5-level paging.</summary>
    FiveLevel,
}

/// <summary>The registers that decide how paging works, as one value.</summary>
/// <param name="Cr0">CR0: PG, WP.</param>
/// <param name="Cr4">CR4: PSE, PAE, LA57, SMEP, SMAP, PKE.</param>
/// <param name="Efer">IA32_EFER: LMA, NXE.</param>
/// <param name="Pkru">PKRU.</param>
[Manual("3A", "4.1.3", "Paging-Mode Modifiers")]
internal readonly record struct PagingControls(ulong Cr0, ulong Cr4, ulong Efer, uint Pkru)
{
    /// <summary>The controls of a processor now.</summary>
    public static PagingControls Of(Processor p) => new(p.ControlRegister0, p.ControlRegister4, p.ExtendedFeatures, p.Pkru);

    /// <summary>The paging mode.</summary>
    public PagingMode Mode
    {
        get
        {
            if ((Cr0 & Processors.Cr0.PG) == 0) return PagingMode.None;
            if ((Cr4 & Processors.Cr4.PAE) == 0) return PagingMode.Bits32;
            if ((Efer & Processors.Efer.LMA) == 0) return PagingMode.Pae;
            return (Cr4 & Processors.Cr4.LA57) == 0 ? PagingMode.FourLevel : PagingMode.FiveLevel;
        }
    }

    /// <summary>CR0.WP.</summary>
    public bool WriteProtect => (Cr0 & Processors.Cr0.WP) != 0;

    /// <summary>CR4.PSE.</summary>
    public bool PageSizeExtensions => (Cr4 & Processors.Cr4.PSE) != 0;

    /// <summary>CR4.SMEP.</summary>
    public bool Smep => (Cr4 & Processors.Cr4.SMEP) != 0;

    /// <summary>CR4.SMAP.</summary>
    public bool Smap => (Cr4 & Processors.Cr4.SMAP) != 0;

    /// <summary>Whether entries have an execute-disable bit: EFER.NXE = 1, in every mode but 32-bit paging.</summary>
    public bool ExecuteDisable => (Efer & Processors.Efer.NXE) != 0 && (Cr4 & Processors.Cr4.PAE) != 0;

    /// <summary>Whether user-mode addresses have protection keys: CR4.PKE = 1 in IA-32e mode.</summary>
    public bool ProtectionKeys => (Cr4 & Processors.Cr4.PKE) != 0 && (Efer & Processors.Efer.LMA) != 0;
}
