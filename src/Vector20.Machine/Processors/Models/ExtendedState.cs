namespace Vector20.Machine.Processors.Models;

/// <summary>The state components that XCR0 can enable: x87, which is always enabled, SSE, AVX and PKRU. There is no supervisor state.</summary>
[Manual("1", "13.1", "XSAVE-Supported Features and State-Component Bitmaps")]
internal static class ExtendedState
{
    public const ulong X87 = 1, Sse = 1 << 1, Avx = 1 << 2, Pkru = 1 << 9;
    public const uint LegacyAndHeader = 512 + 64, AvxOffset = LegacyAndHeader, AvxSize = 256, PkruSize = 8;

    /// <summary>Where processors have PKRU, behind state that this one lacks.</summary>
    public const uint PkruOffset = 2688;

    /// <summary>The components of a model.</summary>
    public static ulong Supported(CpuModel model) => X87
        | (model.Has(CpuFeature.Sse) ? Sse : 0) | (model.Has(CpuFeature.Avx) ? Avx : 0) | (model.Has(CpuFeature.Pku) ? Pkru : 0);

    /// <summary>Whether XCR0 may have a value: x87 state is always enabled, and AVX state needs SSE state.</summary>
    [Manual("3A", "2.6", "Extended Control Registers (Including XCR0)")]
    public static bool MayEnable(CpuModel model, ulong value) =>
        (value & X87) != 0 && (value & (Sse | Avx)) != Avx && (value & ~Supported(model)) == 0;

    /// <summary>Bytes of the XSAVE area for some components, standard format.</summary>
    public static uint Size(ulong components)
    {
        if ((components & Pkru) != 0) return PkruOffset + PkruSize;
        return (components & Avx) != 0 ? AvxOffset + AvxSize : LegacyAndHeader;
    }

    /// <summary>Bytes of the XSAVE area for some components, compacted format: no component asks for alignment.</summary>
    [Manual("1", "13.4.3", "Extended Region of an XSAVE Area")]
    public static uint CompactedSize(ulong components) =>
        LegacyAndHeader + ((components & Avx) != 0 ? AvxSize : 0) + ((components & Pkru) != 0 ? PkruSize : 0);
}
