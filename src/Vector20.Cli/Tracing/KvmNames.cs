using Vector20.Machine.Apic;
using Vector20.Machine.Events;
using Vector20.Machine.Vmx;

namespace Vector20.Cli.Tracing;

/// <summary>
/// The names that KVM's trace events give to numbers (Linux 6.12: VMX_EXIT_REASONS in arch/x86/include/uapi/asm/vmx.h, kvm_trace_sym_exc and
/// kvm_deliver_mode in arch/x86/kvm/trace.h). What has no name there is printed in hexadecimal, as the kernel does.
/// </summary>
internal static class KvmNames
{
    /// <summary>An exit reason.</summary>
    public static string Of(ExitReason reason) => reason switch
    {
        ExitReason.ExceptionOrNmi => "EXCEPTION_NMI",
        ExitReason.ExternalInterrupt => "EXTERNAL_INTERRUPT",
        ExitReason.TripleFault => "TRIPLE_FAULT",
        ExitReason.InitSignal => "INIT_SIGNAL",
        ExitReason.StartUpIpi => "SIPI_SIGNAL",
        ExitReason.InterruptWindow => "INTERRUPT_WINDOW",
        ExitReason.NmiWindow => "NMI_WINDOW",
        ExitReason.TaskSwitch => "TASK_SWITCH",
        ExitReason.Vmxoff => "VMOFF",
        ExitReason.Vmxon => "VMON",
        ExitReason.ControlRegisterAccess => "CR_ACCESS",
        ExitReason.MovDr => "DR_ACCESS",
        ExitReason.IoInstruction => "IO_INSTRUCTION",
        ExitReason.Rdmsr => "MSR_READ",
        ExitReason.Wrmsr => "MSR_WRITE",
        ExitReason.EntryFailureInvalidGuestState => "INVALID_STATE",
        ExitReason.EntryFailureMsrLoading => "MSR_LOAD_FAIL",
        ExitReason.Mwait => "MWAIT_INSTRUCTION",
        ExitReason.MonitorTrapFlag => "MONITOR_TRAP_FLAG",
        ExitReason.Monitor => "MONITOR_INSTRUCTION",
        ExitReason.Pause => "PAUSE_INSTRUCTION",
        ExitReason.EntryFailureMachineCheck => "MCE_DURING_VMENTRY",
        ExitReason.TprBelowThreshold => "TPR_BELOW_THRESHOLD",
        ExitReason.ApicAccess => "APIC_ACCESS",
        ExitReason.VirtualizedEoi => "EOI_INDUCED",
        ExitReason.AccessToGdtrOrIdtr => "GDTR_IDTR",
        ExitReason.AccessToLdtrOrTr => "LDTR_TR",
        ExitReason.EptViolation => "EPT_VIOLATION",
        ExitReason.EptMisconfiguration => "EPT_MISCONFIG",
        ExitReason.VmxPreemptionTimerExpired => "PREEMPTION_TIMER",
        ExitReason.WbinvdOrWbnoinvd => "WBINVD",
        ExitReason.ApicWrite => "APIC_WRITE",
        ExitReason.PageModificationLogFull => "PML_FULL",
        ExitReason.BusLock => "BUS_LOCK",
        ExitReason.InstructionTimeout => "NOTIFY",
        ExitReason.Cpuid or ExitReason.Hlt or ExitReason.Invd or ExitReason.Invlpg or ExitReason.Rdpmc or ExitReason.Rdtsc or ExitReason.Vmcall or ExitReason.Vmclear
            or ExitReason.Vmlaunch or ExitReason.Vmptrld or ExitReason.Vmptrst or ExitReason.Vmread or ExitReason.Vmresume or ExitReason.Vmwrite or ExitReason.Invept
            or ExitReason.Rdtscp or ExitReason.Invvpid or ExitReason.Xsetbv or ExitReason.Rdrand or ExitReason.Invpcid or ExitReason.Vmfunc or ExitReason.Encls
            or ExitReason.Rdseed or ExitReason.Xsaves or ExitReason.Xrstors or ExitReason.Umwait or ExitReason.Tpause => reason.ToString().ToUpperInvariant(),
        _ => $"0x{(int)reason:x}",
    };

    /// <summary>An exception.</summary>
    public static string Of(ExceptionVector vector) => vector switch
    {
        ExceptionVector.DivideError => "#DE",
        ExceptionVector.Debug => "#DB",
        ExceptionVector.Breakpoint => "#BP",
        ExceptionVector.Overflow => "#OF",
        ExceptionVector.BoundRange => "#BR",
        ExceptionVector.InvalidOpcode => "#UD",
        ExceptionVector.DeviceNotAvailable => "#NM",
        ExceptionVector.DoubleFault => "#DF",
        ExceptionVector.InvalidTss => "#TS",
        ExceptionVector.SegmentNotPresent => "#NP",
        ExceptionVector.StackFault => "#SS",
        ExceptionVector.GeneralProtection => "#GP",
        ExceptionVector.PageFault => "#PF",
        ExceptionVector.FloatingPoint => "#MF",
        ExceptionVector.AlignmentCheck => "#AC",
        ExceptionVector.MachineCheck => "#MC",
        _ => $"0x{(int)vector:x}",
    };

    /// <summary>A delivery mode.</summary>
    public static string Of(DeliveryMode mode) => mode switch
    {
        DeliveryMode.Fixed => "Fixed",
        DeliveryMode.LowestPriority => "LowPrio",
        DeliveryMode.Smi => "SMI",
        DeliveryMode.Nmi => "NMI",
        DeliveryMode.Init => "INIT",
        DeliveryMode.StartUp => "SIPI",
        DeliveryMode.ExtInt => "ExtINT",
        _ => "Res3",
    };

    /// <summary>A destination shorthand.</summary>
    public static string Of(DestinationShorthand shorthand) => shorthand switch
    {
        DestinationShorthand.Self => "self",
        DestinationShorthand.AllIncludingSelf => "all",
        DestinationShorthand.AllExcludingSelf => "all-but-self",
        _ => "dst",
    };
}
