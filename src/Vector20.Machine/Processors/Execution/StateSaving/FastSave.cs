using System.Runtime.InteropServices;
using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.StateSaving;

/// <summary>FXSAVE and FXRSTOR.</summary>
[Manual("1", "10.5", "FXSAVE and FXRSTOR Instructions")]
internal static unsafe class FastSave
{
    private const uint Alignment = 16;

    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Fxsave => &Save,
        Mnemonic.Fxsave64 => &SaveWide,
        Mnemonic.Fxrstor => &Restore,
        Mnemonic.Fxrstor64 => &RestoreWide,
        _ => null,
    };

    private static Outcome Save(Processor p, in Operation op) => Save(p, op, false);

    private static Outcome SaveWide(Processor p, in Operation op) => Save(p, op, true);

    private static Outcome Restore(Processor p, in Operation op) => Restore(p, op, false);

    private static Outcome RestoreWide(Processor p, in Operation op) => Restore(p, op, true);

    /// <summary>SSE state is saved whether CR4.OSFXSR is set or not, as the manual allows.</summary>
    [Manual("2A", "3.3", "FXSAVE—Save x87 FPU, MMX Technology, and SSE State")]
    private static Outcome Save(Processor p, in Operation op, bool wide)
    {
        if (!p.UseX87WithoutWaiting() || !SaveArea.Find(p, op, Alignment, out ulong area)) return Outcome.Stop;
        Span<byte> image = stackalloc byte[LegacyRegion.Size];
        int vectors = SaveArea.VectorCount(p);
        LegacyRegion.PutX87(p.Extended.File, image, wide);
        LegacyRegion.PutMxcsr(p.Extended.File, image);
        LegacyRegion.PutVectors(p.Extended.File, image, vectors);
        return SaveArea.Write(p, op, area, image, 0, LegacyRegion.VectorsAt + 16 * vectors) ? Outcome.Continue : Outcome.Stop;
    }

    [Manual("2A", "3.3", "FXRSTOR—Restore x87 FPU, MMX, XMM, and MXCSR State")]
    private static Outcome Restore(Processor p, in Operation op, bool wide)
    {
        if (!p.UseX87WithoutWaiting() || !SaveArea.Find(p, op, Alignment, out ulong area)) return Outcome.Stop;
        Span<byte> image = stackalloc byte[LegacyRegion.Size];
        int vectors = SaveArea.VectorCount(p);
        if (!SaveArea.Read(p, op, area, image, 0, LegacyRegion.VectorsAt + 16 * vectors)) return Outcome.Stop;
        uint mxcsr = MemoryMarshal.Read<uint>(image[LegacyRegion.MxcsrAt..]);
        if ((mxcsr & ~LegacyRegion.MxcsrMask) != 0) return p.Fault(ExceptionVector.GeneralProtection, 0);
        LegacyRegion.TakeX87(ref p.Extended.File, image, wide);
        LegacyRegion.TakeVectors(ref p.Extended.File, image, vectors);
        p.Extended.File.Mxcsr = mxcsr;
        return Outcome.Continue;
    }
}
