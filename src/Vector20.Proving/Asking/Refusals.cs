using Vector20.Hypervisor;
using Vector20.Machine.Events;
using Vector20.Proving.Questions;

namespace Vector20.Proving.Asking;

/// <summary>Which questions make no sense, and why: one line each.</summary>
internal static class Refusals
{
    private const HypervisorBugs Nested = HypervisorBugs.NestedVeInfoMissing | HypervisorBugs.ForwardVeToL1;

    /// <summary>The reason, or null: the question can be run.</summary>
    public static string? Of(Question question) => OfOptions(question.Options) ?? question.Source switch
    {
        IpiSource ipi => OfIpi(ipi, question.Options),
        LvtSource lvt => OfLvt(lvt, question.Options),
        ExceptionSource exception => OfException(exception.Exception, question.Options),
        TouchSource touch => OfTouch(touch, question.Options),
        _ => null,
    };

    private static string? OfOptions(QuestionOptions options)
    {
        if (options.Cpl is not (0 or 3)) return "--cpl is 0 or 3";
        if (options is { CpuMode: CpuMode.Real, Cpl: 3 }) return "--cpl 3: real-address mode has no privilege levels";
        if ((options.HypervisorBugs & Nested) != 0) return "a nested bug needs a nested hypervisor, which this version does not have";
        if (options.Hypervisor == HypervisorChoice.Builtin) return null;
        if (options.HypervisorBugs != 0) return "--hypervisor-bug needs --hypervisor builtin";
        if (options.ExceptionBitmap is not null) return "--exception-bitmap needs --hypervisor builtin: without one there is no VM exit";
        return options.Apic is null or VirtualApicMode.Bare ? null : $"--apic {Names.Of(options.Apic.Value)} needs --hypervisor builtin: without one the local APIC is bare";
    }

    private const string NoSmm = "--mode smi: the machine has no system-management mode; with --apic emulated or apicv the hypervisor takes the SMI";

    private static bool IsBare(QuestionOptions options) => options.Hypervisor == HypervisorChoice.None || options.Apic == VirtualApicMode.Bare;

    private static string? OfIpi(IpiSource ipi, QuestionOptions options) =>
        ipi.Mode == IpiMode.Smi && IsBare(options) ? NoSmm
        : !ipi.X2Apic && ipi.To is { Audience: IpiAudience.Id, Id: > 255 } ? $"--to {ipi.To.Id}: in xAPIC mode an APIC ID has 8 bits; use --x2apic" : null;

    private static string? OfLvt(LvtSource lvt, QuestionOptions options)
    {
        if (options.Cpl == 3) return "lvt: at CPL 3 the guest does not reach the local APIC's page; ask exception page-fault";
        if (lvt.Mode == LvtMode.Fixed) return null;
        if (lvt.Mode == LvtMode.Smi && IsBare(options)) return NoSmm;
        if (lvt is { Mode: LvtMode.Init, Masked: false }) return "--mode init: INIT would restart the bootstrap processor at FFFFFFF0H, where there is no firmware; add --masked";
        if (lvt.Entry is LvtEntry.Timer or LvtEntry.Error) return $"--mode {Names.Of(lvt.Mode)}: the {Names.Of(lvt.Entry)} entry has no delivery mode, it is always fixed";
        return lvt.Mode == LvtMode.Extint && lvt.Entry is not (LvtEntry.Lint0 or LvtEntry.Lint1) ? "--mode extint is for lint0 and lint1" : null;
    }

    private static string? OfException(ExceptionVector exception, QuestionOptions options) => exception switch
    {
        ExceptionVector.Nmi => "NMI is an interrupt, not an exception: ask nmi",
        ExceptionVector.CoprocessorSegmentOverrun => "no processor since the Intel386 raises vector 9",
        ExceptionVector.Overflow or ExceptionVector.BoundRange when options.CpuMode == CpuMode.Long => "INTO and BOUND do not exist in 64-bit mode, and nothing else raises the exception",
        ExceptionVector.InvalidTss or ExceptionVector.SegmentNotPresent when options.CpuMode == CpuMode.Real => "real-address mode has no descriptors to be wrong",
        ExceptionVector.PageFault when options.CpuMode == CpuMode.Real => "real-address mode has no paging",
        ExceptionVector.AlignmentCheck when options.Cpl == 0 => "alignment is checked at CPL 3 only: add --cpl 3",
        ExceptionVector.MachineCheck => "no instruction causes a machine check",
        ExceptionVector.Virtualization => "#VE comes from an EPT violation: ask touch",
        ExceptionVector.ControlProtection => "#CP needs control-flow enforcement, which the machine does not have",
        _ => Enum.IsDefined(exception) ? null : $"vector {(int)exception} is no exception",
    };

    private static string? OfTouch(TouchSource touch, QuestionOptions options)
    {
        if (options.Hypervisor == HypervisorChoice.None) return "touch asks about EPT entries: it needs --hypervisor builtin";
        if (touch is { Entry: TouchedEntry.AccessTracked, AccessedDirty: true }) return "access tracking takes permissions only while EPT accessed and dirty flags are off";
        if (touch.Busy && options.VeCheck == VeCheck.Off) return "a busy information area: with --ve-check off there is none";
        if (touch.Busy && (options.HypervisorBugs & HypervisorBugs.VeInfoPageMissing) != 0) return "a busy information area: ve-info-page-missing leaves none";
        if (options.CpuMode != CpuMode.Real) return null;
        return touch.Access switch
        {
            TouchAccess.PageWalk => "page-walk: real-address mode has no paging",
            TouchAccess.EventGdt => "event-gdt: delivery in real-address mode reads no descriptor",
            _ => null,
        };
    }
}
