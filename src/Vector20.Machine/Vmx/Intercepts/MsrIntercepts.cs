using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Vmx;

/// <summary>RDMSR and WRMSR. They come after the check of CPL, before the check of the MSR's address and value.</summary>
internal static partial class Intercepts
{
    private const int WriteBitmaps = 2048 * 8, HighBitmap = 1024 * 8;

    /// <summary>RDMSR of the MSR that ECX names.</summary>
    public static bool Rdmsr(Processor p, in Operation op, uint msr) => MsrExits(p, msr, 0) && Exit(p, op, ExitReason.Rdmsr);

    /// <summary>WRMSR of the MSR that ECX names.</summary>
    public static bool Wrmsr(Processor p, in Operation op, uint msr) => MsrExits(p, msr, WriteBitmaps) && Exit(p, op, ExitReason.Wrmsr);

    /// <summary>The bitmaps cover 0-1FFFH and C0000000H-C0001FFFH; every other MSR exits, and all do without bitmaps.</summary>
    [Manual("3C", "25.6.9", "MSR-Bitmap Address")]
    private static bool MsrExits(Processor p, uint msr, int bitmap)
    {
        if (!Has(p, ProcessorBasedControls.UseMsrBitmaps)) return true;
        return (msr & ~0x1FFFu) switch
        {
            0 => BitAt(p, p.Vmx.Vmcs[VmcsField.MsrBitmaps], bitmap + (int)msr),
            0xC000_0000 => BitAt(p, p.Vmx.Vmcs[VmcsField.MsrBitmaps], bitmap + HighBitmap + (int)(msr & 0x1FFF)),
            _ => true,
        };
    }
}
