using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Msrs;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>RDFSBASE, RDGSBASE, WRFSBASE, WRGSBASE, SWAPGS.</summary>
[Manual("2B", "4.3", "RDFSBASE/RDGSBASE—Read FS/GS Segment Base")]
[Manual("2D", "6.1", "WRFSBASE/WRGSBASE—Write FS/GS Segment Base")]
internal static unsafe class SegmentBases
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Rdfsbase => &ReadFs,
        Mnemonic.Rdgsbase => &ReadGs,
        Mnemonic.Wrfsbase => &WriteFs,
        Mnemonic.Wrgsbase => &WriteGs,
        Mnemonic.Swapgs => &Swap,
        _ => null,
    };

    private static Outcome ReadFs(Processor p, in Operation op) => Read(p, op, SegmentName.Fs);

    private static Outcome ReadGs(Processor p, in Operation op) => Read(p, op, SegmentName.Gs);

    private static Outcome WriteFs(Processor p, in Operation op) => Write(p, op, SegmentName.Fs);

    private static Outcome WriteGs(Processor p, in Operation op) => Write(p, op, SegmentName.Gs);

    private static Outcome Read(Processor p, in Operation op, SegmentName name)
    {
        if (!IsEnabled(p)) return p.Fault(ExceptionVector.InvalidOpcode);
        ulong linear = p.Segment(name).Base;
        p.Set(op.Destination, op.OperandSize == 8 ? linear : (uint)linear);
        return Outcome.Continue;
    }

    private static Outcome Write(Processor p, in Operation op, SegmentName name)
    {
        if (!IsEnabled(p)) return p.Fault(ExceptionVector.InvalidOpcode);
        ulong linear = op.OperandSize == 8 ? p.Get<ulong>(op.Destination) : p.Get<uint>(op.Destination);
        if (!Canonical.Is(p, linear)) return p.Fault(ExceptionVector.GeneralProtection, 0);
        SetBase(p, name, linear);
        return Outcome.Continue;
    }

    [Manual("2B", "4.3", "SWAPGS—Swap GS Base Register")]
    private static Outcome Swap(Processor p, in Operation op)
    {
        if (!p.Is64Bit) return p.Fault(ExceptionVector.InvalidOpcode);
        if (!Privilege.RequireZero(p)) return Outcome.Stop;
        ulong current = p.Segment(SegmentName.Gs).Base;
        SetBase(p, SegmentName.Gs, p.Msrs[Msr.KernelGsBase]);
        p.Msrs[Msr.KernelGsBase] = current;
        return Outcome.Continue;
    }

    private static void SetBase(Processor p, SegmentName name, ulong linear) => p.SetSegment(name, p.Segment(name) with { Base = linear });

    private static bool IsEnabled(Processor p) => p.Is64Bit && (p.ControlRegister4 & Cr4.FSGSBASE) != 0;
}
