namespace Vector20.Machine.Processors.Models;

/// <summary>The state components that XCR0 can enable: x87, which is always enabled, and PKRU.</summary>
[Manual("1", "13.1", "XSAVE-Supported Features and State-Component Bitmaps")]
internal static class ExtendedState
{
    public const ulong X87 = 1, Pkru = 1 << 9;
    public const uint LegacyAndHeader = 512 + 64, PkruOffset = LegacyAndHeader, PkruSize = 8;

    /// <summary>The components of a model.</summary>
    public static ulong Supported(CpuModel model) => X87 | (model.Has(CpuFeature.Pku) ? Pkru : 0);

    /// <summary>Bytes of the XSAVE area for some components, standard format.</summary>
    public static uint Size(ulong components) => (components & Pkru) != 0 ? PkruOffset + PkruSize : LegacyAndHeader;
}
