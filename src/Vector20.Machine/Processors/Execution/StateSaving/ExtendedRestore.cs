using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Execution.SystemInstructions;
using Vector20.Machine.Processors.Models;

namespace Vector20.Machine.Processors.Execution.StateSaving;

/// <summary>XRSTOR and XRSTORS: everything is read and checked, then everything is loaded.</summary>
internal static unsafe class ExtendedRestore
{
    private const int AvxAt = XsaveArea.HeaderAt + XsaveArea.HeaderSize;

    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Xrstor => &Restore,
        Mnemonic.Xrstor64 => &RestoreWide,
        Mnemonic.Xrstors => &RestoreSupervisor,
        Mnemonic.Xrstors64 => &RestoreSupervisorWide,
        _ => null,
    };

    [Manual("2D", "6.1", "XRSTOR—Restore Processor Extended States")]
    private static Outcome Restore(Processor p, in Operation op) => XsaveArea.Check(p) ? Restore(p, op, false, false) : Outcome.Stop;

    private static Outcome RestoreWide(Processor p, in Operation op) => XsaveArea.Check(p) ? Restore(p, op, true, false) : Outcome.Stop;

    [Manual("2D", "6.1", "XRSTORS—Restore Processor Extended States Supervisor")]
    private static Outcome RestoreSupervisor(Processor p, in Operation op) => XsaveArea.CheckSupervisor(p) ? Restore(p, op, false, true) : Outcome.Stop;

    private static Outcome RestoreSupervisorWide(Processor p, in Operation op) => XsaveArea.CheckSupervisor(p) ? Restore(p, op, true, true) : Outcome.Stop;

    [Manual("1", "13.8", "Operation of XRSTOR")]
    [Manual("1", "13.12", "Operation of XRSTORS")]
    private static Outcome Restore(Processor p, in Operation op, bool wide, bool supervisor)
    {
        if (!SaveArea.Find(p, op, XsaveArea.Alignment, out ulong area)) return Outcome.Stop;
        Span<byte> image = stackalloc byte[AvxAt + (int)ExtendedState.AvxSize];
        if (!SaveArea.Read(p, op, area, image, XsaveArea.HeaderAt, AvxAt)) return Outcome.Stop;
        ulong present = MemoryMarshal.Read<ulong>(image[XsaveArea.HeaderAt..]), places = MemoryMarshal.Read<ulong>(image[(XsaveArea.HeaderAt + 8)..]);
        bool compacted = (places & XsaveArea.CompactedFormat) != 0;
        if (!IsValid(p, image, present, places, supervisor)) return p.Fault(ExceptionVector.GeneralProtection, 0);
        ulong asked = p.Xcr0 & SplitRegisters.Get(p), loaded = asked & present, pkru = 0;
        uint pkruAt = compacted ? XsaveArea.CompactedPkruAt(places) : ExtendedState.PkruOffset;
        if (!Read(p, op, area, image, loaded)) return Outcome.Stop;
        if ((loaded & ExtendedState.Pkru) != 0 && !p.Read(op.Segment, area + pkruAt, out pkru)) return Outcome.Stop;
        if (!ReadMxcsr(p, op, area, image, asked, compacted ? loaded & ExtendedState.Sse : asked & (ExtendedState.Sse | ExtendedState.Avx), out uint mxcsr)) return Outcome.Stop;
        Load(p, image, asked, present, wide);
        p.Extended.File.Mxcsr = mxcsr;
        if ((asked & ExtendedState.Pkru) == 0) return Outcome.Continue;
        p.Pkru = (uint)pkru;
        p.FlushTlb();
        return Outcome.Leave;
    }

    /// <summary>Standard format: XCOMP_BV and the 8 bytes behind it are 0. Compacted: the header's other 48 bytes are, and no component is without a place.</summary>
    [Manual("1", "13.4.2", "XSAVE Header")]
    private static bool IsValid(Processor p, ReadOnlySpan<byte> image, ulong present, ulong places, bool supervisor)
    {
        ReadOnlySpan<byte> rest = image.Slice(XsaveArea.HeaderAt + 16, XsaveArea.HeaderSize - 16);
        if ((places & XsaveArea.CompactedFormat) == 0)
            return !supervisor && places == 0 && (present & ~p.Xcr0) == 0 && !rest[..8].ContainsAnyExcept((byte)0);
        ulong components = places & ~XsaveArea.CompactedFormat;
        return p.Model.Has(CpuFeature.Xsavec) && (components & ~p.Xcr0) == 0 && (present & ~components) == 0 && !rest.ContainsAnyExcept((byte)0);
    }

    private static bool Read(Processor p, in Operation op, ulong area, Span<byte> image, ulong loaded)
    {
        int vectors = SaveArea.VectorCount(p);
        if ((loaded & ExtendedState.X87) != 0 && !SaveArea.Read(p, op, area, image, 0, LegacyRegion.VectorsAt)) return false;
        if ((loaded & ExtendedState.Sse) != 0 && !SaveArea.Read(p, op, area, image, LegacyRegion.VectorsAt, LegacyRegion.VectorsAt + 16 * vectors)) return false;
        return (loaded & ExtendedState.Avx) == 0 || SaveArea.Read(p, op, area, image, AvxAt, AvxAt + 16 * vectors);
    }

    /// <summary>The standard format loads MXCSR with SSE and with AVX state, present or not; in the compacted format it is part of SSE state.</summary>
    private static bool ReadMxcsr(Processor p, in Operation op, ulong area, Span<byte> image, ulong asked, ulong from, out uint mxcsr)
    {
        mxcsr = (asked & ExtendedState.Sse) != 0 ? ExtendedRegisterFile.InitialMxcsr : p.Extended.File.Mxcsr;
        if (from == 0) return true;
        if (!SaveArea.Read(p, op, area, image, LegacyRegion.MxcsrAt, LegacyRegion.StackAt)) return false;
        mxcsr = MemoryMarshal.Read<uint>(image[LegacyRegion.MxcsrAt..]);
        return (mxcsr & ~LegacyRegion.MxcsrMask) == 0 || p.Refuse(ExceptionVector.GeneralProtection, 0);
    }

    /// <summary>A component that is asked for and not present takes its initial configuration.</summary>
    private static void Load(Processor p, Span<byte> image, ulong asked, ulong present, bool wide)
    {
        ref ExtendedRegisterFile file = ref p.Extended.File;
        int vectors = SaveArea.VectorCount(p);
        if ((present & ExtendedState.X87) == 0) InitializeX87(image);
        if ((asked & ExtendedState.X87) != 0) LegacyRegion.TakeX87(ref file, image, wide);
        if ((present & ExtendedState.Sse) == 0) image[LegacyRegion.VectorsAt..LegacyRegion.Size].Clear();
        if ((asked & ExtendedState.Sse) != 0) LegacyRegion.TakeVectors(ref file, image, vectors);
        if ((present & ExtendedState.Avx) == 0) image[AvxAt..].Clear();
        if ((asked & ExtendedState.Avx) == 0) return;
        for (int i = 0; i < vectors; i++) file.Vectors[i] = file.Vectors[i].WithUpper(Vector128.Create<byte>(image.Slice(AvxAt + 16 * i, 16)));
    }

    [Manual("1", "13.6", "Processor Tracking of XSAVE-Managed State")]
    private static void InitializeX87(Span<byte> image)
    {
        image[..LegacyRegion.MxcsrAt].Clear();
        image[LegacyRegion.StackAt..LegacyRegion.VectorsAt].Clear();
        MemoryMarshal.Write(image, ExtendedRegisterFile.InitialControlWord);
    }
}
