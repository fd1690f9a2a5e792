using Vector20.Machine.Events;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Msrs;

namespace Vector20.Machine.Vmx;

/// <summary>Activity, interruptibility, pending debug exceptions and the VMCS link pointer.</summary>
[Manual("3C", "27.3.1.5", "Checks on Guest Non-Register State")]
internal static class GuestNonRegisterChecks
{
    private const InterruptibilityState StiOrMovSs = InterruptibilityState.BlockingBySti | InterruptibilityState.BlockingByMovSs;

    /// <summary>The rule that is broken, or null.</summary>
    public static string? Check(Processor p, Vmcs vmcs, ref EntryFailureQualification failure)
    {
        var information = new EntryInterruptionInformation((uint)vmcs[VmcsField.VmEntryInterruptionInformation]);
        var blocking = (InterruptibilityState)vmcs[VmcsField.GuestInterruptibilityState];
        return Activity(vmcs, blocking) ?? InjectionIntoActivity(vmcs, information) ?? Interruptibility(vmcs, blocking)
            ?? InjectionWhileBlocking(p, information, blocking, ref failure) ?? PendingDebug(vmcs, blocking) ?? LinkPointer(p, vmcs, ref failure);
    }

    private static string? Activity(Vmcs vmcs, InterruptibilityState blocking)
    {
        ulong activity = vmcs[VmcsField.GuestActivityState];
        if (activity > (ulong)ActivityState.WaitForSipi) return "the activity state is not supported";
        if (activity == (ulong)ActivityState.Hlt && GuestState.Segment(vmcs, (int)SegmentName.Ss).Dpl != 0) return "the activity state is HLT while SS's DPL is not 0";
        return activity != (ulong)ActivityState.Active && (blocking & StiOrMovSs) != 0 ? "the activity state is not active while STI or MOV SS blocks" : null;
    }

    private static string? InjectionIntoActivity(Vmcs vmcs, EntryInterruptionInformation information)
    {
        if (!information.Valid) return null;
        bool allowed = (ActivityState)vmcs[VmcsField.GuestActivityState] switch
        {
            ActivityState.Active => true,
            ActivityState.Hlt => information.Type is EventType.ExternalInterrupt or EventType.Nmi or EventType.Other
                || information is { Type: EventType.HardwareException, Vector: (byte)ExceptionVector.Debug or (byte)ExceptionVector.MachineCheck },
            ActivityState.Shutdown => information.Type == EventType.Nmi
                || information is { Type: EventType.HardwareException, Vector: (byte)ExceptionVector.MachineCheck },
            _ => false,
        };
        return allowed ? null : "the event may not be injected into this activity state";
    }

    private static string? Interruptibility(Vmcs vmcs, InterruptibilityState blocking)
    {
        const InterruptibilityState Never = InterruptibilityState.Reserved | InterruptibilityState.BlockingBySmi | InterruptibilityState.EnclaveInterruption;
        if ((blocking & Never) != 0) return "the interruptibility state has a bit that must be 0";
        if ((blocking & StiOrMovSs) == StiOrMovSs) return "STI and MOV SS both block";
        return (blocking & InterruptibilityState.BlockingBySti) != 0 && (vmcs[VmcsField.GuestRflags] & Eflags.IF) == 0 ? "STI blocks while RFLAGS.IF is 0" : null;
    }

    private static string? InjectionWhileBlocking(
        Processor p, EntryInterruptionInformation information, InterruptibilityState blocking, ref EntryFailureQualification failure)
    {
        if (!information.Valid) return null;
        if (information.Type == EventType.ExternalInterrupt) return (blocking & StiOrMovSs) != 0 ? "an external interrupt is injected while STI or MOV SS blocks" : null;
        if (information.Type != EventType.Nmi) return null;
        if ((blocking & InterruptibilityState.BlockingByMovSs) != 0) return "an NMI is injected while MOV SS blocks";
        if ((blocking & InterruptibilityState.BlockingBySti) != 0)
        {
            failure = EntryFailureQualification.NmiInjection;
            return "an NMI is injected while STI blocks";
        }

        bool isVirtual = (p.Vmx.PinBased & PinBasedControls.VirtualNmis) != 0;
        return isVirtual && (blocking & InterruptibilityState.BlockingByNmi) != 0 ? "a virtual NMI is injected while virtual NMIs are blocked" : null;
    }

    private static string? PendingDebug(Vmcs vmcs, InterruptibilityState blocking)
    {
        ulong pending = vmcs[VmcsField.GuestPendingDebugExceptions];
        if ((pending & NonRegisterState.ReservedPending) != 0) return "reserved pending debug exceptions are not 0";
        bool consistent = (blocking & StiOrMovSs) != 0 || vmcs[VmcsField.GuestActivityState] == (ulong)ActivityState.Hlt;
        bool steps = (vmcs[VmcsField.GuestRflags] & Eflags.TF) != 0 && (vmcs[VmcsField.GuestDebugCtl] & DebugCtl.BTF) == 0;
        return consistent && (pending & Dr6.BS) != 0 != steps ? "the pending debug exception BS does not fit RFLAGS.TF and IA32_DEBUGCTL.BTF" : null;
    }

    private static string? LinkPointer(Processor p, Vmcs vmcs, ref EntryFailureQualification failure)
    {
        ulong pointer = vmcs[VmcsField.VmcsLinkPointer];
        if (pointer == ulong.MaxValue) return null;
        failure = EntryFailureQualification.LinkPointer;
        if (!EntryChecks.IsPhysical(p, pointer, 0xFFF)) return "the VMCS link pointer is not a page's";
        (uint revision, bool shadow) = VmcsRegion.Identifier(p.Computer.Memory, pointer);
        if (revision != VmxCapabilities.RevisionIdentifier) return "the VMCS that the link pointer references has another revision identifier";
        if (shadow != ((p.Vmx.Secondary & SecondaryControls.VmcsShadowing) != 0)) return "the VMCS link pointer references a shadow VMCS without VMCS shadowing, or no shadow VMCS with it";
        if (p.Vmx.On && pointer == p.Vmx.CurrentPointer) return "the VMCS link pointer references the current VMCS";
        failure = EntryFailureQualification.None;
        return null;
    }
}
