namespace Vector20.Machine.Processors.Models;

/// <summary>Which bits of CR4 and IA32_EFER a model's features enable; the others are reserved.</summary>
[Manual("3A", "2.5", "Control Registers")]
internal static class ReservedBits
{
    private static readonly (CpuFeature Feature, ulong Bits)[] s_cr4 =
    [
        (CpuFeature.Vme, Processors.Cr4.VME | Processors.Cr4.PVI), (CpuFeature.Tsc, Processors.Cr4.TSD), (CpuFeature.De, Processors.Cr4.DE),
        (CpuFeature.Pse, Processors.Cr4.PSE), (CpuFeature.Pae, Processors.Cr4.PAE), (CpuFeature.Mce, Processors.Cr4.MCE),
        (CpuFeature.Pge, Processors.Cr4.PGE), (CpuFeature.Cmov, Processors.Cr4.PCE), (CpuFeature.Umip, Processors.Cr4.UMIP),
        (CpuFeature.La57, Processors.Cr4.LA57), (CpuFeature.Vmx, Processors.Cr4.VMXE), (CpuFeature.FsGsBase, Processors.Cr4.FSGSBASE),
        (CpuFeature.Pcid, Processors.Cr4.PCIDE), (CpuFeature.Xsave, Processors.Cr4.OSXSAVE), (CpuFeature.Smep, Processors.Cr4.SMEP),
        (CpuFeature.Fxsr, Processors.Cr4.OSFXSR), (CpuFeature.Sse, Processors.Cr4.OSXMMEXCPT), (CpuFeature.Smap, Processors.Cr4.SMAP), (CpuFeature.Pku, Processors.Cr4.PKE),
    ];

    private static readonly (CpuFeature Feature, ulong Bits)[] s_extendedFeatures =
    [
        (CpuFeature.Syscall, Efer.SCE), (CpuFeature.LongMode, Efer.LME | Efer.LMA), (CpuFeature.Nx, Efer.NXE),
    ];

    /// <summary>The bits of CR4 that a model has.</summary>
    public static ulong Cr4(CpuModel model) => Enabled(model, s_cr4);

    /// <summary>The bits of IA32_EFER that a model has.</summary>
    public static ulong ExtendedFeatures(CpuModel model) => Enabled(model, s_extendedFeatures);

    private static ulong Enabled(CpuModel model, (CpuFeature Feature, ulong Bits)[] table)
    {
        ulong bits = 0;
        foreach ((CpuFeature feature, ulong enabled) in table)
            if (model.Has(feature)) bits |= enabled;
        return bits;
    }
}
