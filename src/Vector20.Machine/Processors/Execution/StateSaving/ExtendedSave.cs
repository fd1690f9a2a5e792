using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Execution.SystemInstructions;
using Vector20.Machine.Processors.Models;

namespace Vector20.Machine.Processors.Execution.StateSaving;

/// <summary>XSAVE, XSAVEOPT, XSAVEC and XSAVES. All of a component counts as modified since the last XRSTOR, as the manual allows.</summary>
internal static unsafe class ExtendedSave
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Xsave => &Save,
        Mnemonic.Xsave64 => &SaveWide,
        Mnemonic.Xsaveopt => &SaveOptimized,
        Mnemonic.Xsaveopt64 => &SaveOptimizedWide,
        Mnemonic.Xsavec => &SaveCompacted,
        Mnemonic.Xsavec64 => &SaveCompactedWide,
        Mnemonic.Xsaves => &SaveSupervisor,
        Mnemonic.Xsaves64 => &SaveSupervisorWide,
        _ => null,
    };

    [Manual("2D", "6.1", "XSAVE—Save Processor Extended States")]
    private static Outcome Save(Processor p, in Operation op) => Standard(p, op, false, ulong.MaxValue);

    private static Outcome SaveWide(Processor p, in Operation op) => Standard(p, op, true, ulong.MaxValue);

    [Manual("2D", "6.1", "XSAVEOPT—Save Processor Extended States Optimized")]
    private static Outcome SaveOptimized(Processor p, in Operation op) => Standard(p, op, false, ComponentsInUse.Of(p));

    private static Outcome SaveOptimizedWide(Processor p, in Operation op) => Standard(p, op, true, ComponentsInUse.Of(p));

    [Manual("2D", "6.1", "XSAVEC—Save Processor Extended States With Compaction")]
    private static Outcome SaveCompacted(Processor p, in Operation op) => XsaveArea.Check(p) ? Compacted(p, op, false) : Outcome.Stop;

    private static Outcome SaveCompactedWide(Processor p, in Operation op) => XsaveArea.Check(p) ? Compacted(p, op, true) : Outcome.Stop;

    [Manual("2D", "6.1", "XSAVES—Save Processor Extended States Supervisor")]
    private static Outcome SaveSupervisor(Processor p, in Operation op) => XsaveArea.CheckSupervisor(p) ? Compacted(p, op, false) : Outcome.Stop;

    private static Outcome SaveSupervisorWide(Processor p, in Operation op) => XsaveArea.CheckSupervisor(p) ? Compacted(p, op, true) : Outcome.Stop;

    /// <summary>The header's XSTATE_BV changes only for the components asked for; MXCSR is saved with SSE and with AVX state.</summary>
    /// <param name="p">The processor.</param>
    /// <param name="op">The operation.</param>
    /// <param name="wide">Whether REX.W is there.</param>
    /// <param name="written">The components that are written if they are asked for.</param>
    [Manual("1", "13.7", "Operation of XSAVE")]
    [Manual("1", "13.9", "Operation of XSAVEOPT")]
    private static Outcome Standard(Processor p, in Operation op, bool wide, ulong written)
    {
        if (!XsaveArea.Check(p) || !SaveArea.Find(p, op, XsaveArea.Alignment, out ulong area)) return Outcome.Stop;
        ulong asked = p.Xcr0 & SplitRegisters.Get(p), inUse = ComponentsInUse.Of(p);
        Span<byte> image = stackalloc byte[XsaveArea.HeaderAt + XsaveArea.HeaderSize];
        if (!SaveArea.Read(p, op, area, image, XsaveArea.HeaderAt, XsaveArea.HeaderAt + 8)) return Outcome.Stop;
        ulong present = MemoryMarshal.Read<ulong>(image[XsaveArea.HeaderAt..]);
        MemoryMarshal.Write(image[XsaveArea.HeaderAt..], present & ~asked | inUse & asked);
        bool done = Components(p, op, area, image, asked & written, wide, ExtendedState.AvxOffset, ExtendedState.PkruOffset)
            && ((asked & (ExtendedState.Sse | ExtendedState.Avx)) == 0 || Mxcsr(p, op, area, image))
            && SaveArea.Write(p, op, area, image, XsaveArea.HeaderAt, XsaveArea.HeaderAt + 8);
        return done ? Outcome.Continue : Outcome.Stop;
    }

    /// <summary>Components in their initial configuration are not written; one that is asked for has its place all the same. MXCSR is part of SSE state.</summary>
    [Manual("1", "13.10", "Operation of XSAVEC")]
    [Manual("1", "13.11", "Operation of XSAVES")]
    private static Outcome Compacted(Processor p, in Operation op, bool wide)
    {
        if (!SaveArea.Find(p, op, XsaveArea.Alignment, out ulong area)) return Outcome.Stop;
        ulong asked = p.Xcr0 & SplitRegisters.Get(p), inUse = ComponentsInUse.Of(p);
        if (p.Extended.File.Mxcsr != ExtendedRegisterFile.InitialMxcsr) inUse |= ExtendedState.Sse;
        Span<byte> image = stackalloc byte[XsaveArea.HeaderAt + XsaveArea.HeaderSize];
        MemoryMarshal.Write(image[XsaveArea.HeaderAt..], asked & inUse);
        MemoryMarshal.Write(image[(XsaveArea.HeaderAt + 8)..], asked | XsaveArea.CompactedFormat);
        bool done = Components(p, op, area, image, asked & inUse, wide, ExtendedState.AvxOffset, XsaveArea.CompactedPkruAt(asked))
            && ((asked & inUse & ExtendedState.Sse) == 0 || Mxcsr(p, op, area, image))
            && SaveArea.Write(p, op, area, image, XsaveArea.HeaderAt, XsaveArea.HeaderAt + 16);
        return done ? Outcome.Continue : Outcome.Stop;
    }

    private static bool Components(Processor p, in Operation op, ulong area, Span<byte> image, ulong components, bool wide, uint avxAt, uint pkruAt)
    {
        ref ExtendedRegisterFile file = ref p.Extended.File;
        int vectors = SaveArea.VectorCount(p);
        if ((components & ExtendedState.X87) != 0)
        {
            LegacyRegion.PutX87(file, image, wide);
            if (!SaveArea.Write(p, op, area, image, 0, LegacyRegion.MxcsrAt)) return false;
            if (!SaveArea.Write(p, op, area, image, LegacyRegion.StackAt, LegacyRegion.VectorsAt)) return false;
        }

        if ((components & ExtendedState.Sse) != 0)
        {
            LegacyRegion.PutVectors(file, image, vectors);
            if (!SaveArea.Write(p, op, area, image, LegacyRegion.VectorsAt, LegacyRegion.VectorsAt + 16 * vectors)) return false;
        }

        if ((components & ExtendedState.Avx) != 0)
        {
            Span<byte> upper = stackalloc byte[(int)ExtendedState.AvxSize];
            for (int i = 0; i < vectors; i++) file.Vectors[i].GetUpper().CopyTo(upper[(16 * i)..]);
            if (!SaveArea.Write(p, op, area + avxAt, upper, 0, 16 * vectors)) return false;
        }

        return (components & ExtendedState.Pkru) == 0 || p.Write(op.Segment, area + pkruAt, (ulong)p.Pkru);
    }

    private static bool Mxcsr(Processor p, in Operation op, ulong area, Span<byte> image)
    {
        LegacyRegion.PutMxcsr(p.Extended.File, image);
        return SaveArea.Write(p, op, area, image, LegacyRegion.MxcsrAt, LegacyRegion.StackAt);
    }
}
