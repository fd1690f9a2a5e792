using Vector20.Machine.Events;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Robustness.HostileHosts;

/// <summary>The VM-exit interruption information and the IDT-vectoring information of an exit: well-formed, and only where there can be any.</summary>
internal static class EventInformationChecks
{
    private const uint Reserved = 0x7FFF_E000, ErrorCodeValid = 1 << 11, NmiUnblocking = 1 << 12;

    public static string? Check(Observation o)
    {
        var reason = (ExitReason)o.After[VmcsField.ExitReason];
        var exit = new InterruptionInformation((uint)o.After[VmcsField.VmExitInterruptionInformation]);
        var vectoring = new InterruptionInformation((uint)o.After[VmcsField.IdtVectoringInformation]);
        return OfExit(o, reason, exit) ?? OfDelivery(o, reason, vectoring) ?? Length(o, reason, exit, vectoring);
    }

    [Manual("3C", "28.2.2", "Information for VM Exits Due to Vectored Events")]
    private static string? OfExit(Observation o, ExitReason reason, InterruptionInformation information)
    {
        bool expected = reason == ExitReason.ExceptionOrNmi || reason == ExitReason.ExternalInterrupt && o.Has(VmExitControls.AcknowledgeInterruptOnExit);
        if (information.Valid != expected) return $"interruption information {information.Value:X8} of an exit with reason {reason}";
        if (!expected) return null;
        if ((information.Value & Reserved) != 0) return $"reserved bits of the interruption information {information.Value:X8}";
        if (reason == ExitReason.ExternalInterrupt) return (information.Value & 0xF00) == 0 ? null : $"interruption information {information.Value:X8} of an external interrupt";
        if (information.Type == EventType.ExternalInterrupt || !IsEvent(information.Type, information.Vector)) return $"interruption information {information.Value:X8} of no exception";
        if (information.Type == EventType.Nmi) return o.Has(PinBasedControls.NmiExiting) ? null : "an NMI exit without 'NMI exiting'";
        return Exception(o, information);
    }

    private static string? Exception(Observation o, InterruptionInformation information)
    {
        ulong code = o.After[VmcsField.VmExitInterruptionErrorCode];
        bool bit = (o.Before[VmcsField.ExceptionBitmap] >> information.Vector & 1) != 0;
        bool byMask = information.Vector == 14 && (code & o.Before[VmcsField.PageFaultErrorCodeMask]) != o.Before[VmcsField.PageFaultErrorCodeMatch];
        if (bit == byMask) return $"the exception bitmap does not ask for exception {information.Vector}";
        if (information.Vector == 20 && !o.Has(SecondaryControls.EptViolationVe)) return "a virtualization exception without 'EPT-violation #VE'";
        if (information.HasErrorCode && !HasErrorCode(information)) return $"exception {information.Vector} with an error code";
        bool isProtected = (o.After[VmcsField.GuestCr0] & 1) != 0;
        if (isProtected && !information.HasErrorCode && HasErrorCode(information)) return $"exception {information.Vector} without its error code";
        return information.HasErrorCode && information.Vector != 14 && code > 0xFFFF ? $"error code {code:X} of exception {information.Vector}" : null;
    }

    /// <summary>Only what can happen while an event is delivered reports one.</summary>
    [Manual("3C", "28.2.4", "Information for VM Exits During Event Delivery")]
    private static string? OfDelivery(Observation o, ExitReason reason, InterruptionInformation information)
    {
        if (!information.Valid) return null;
        bool possible = reason is ExitReason.ExceptionOrNmi or ExitReason.EptViolation or ExitReason.EptMisconfiguration or ExitReason.TaskSwitch
            or ExitReason.ApicAccess or ExitReason.PageModificationLogFull;
        if (!possible) return $"IDT-vectoring information of an exit with reason {reason}";
        if ((information.Value & (Reserved | NmiUnblocking)) != 0) return $"reserved bits of the IDT-vectoring information {information.Value:X8}";
        bool injected = (o.Before[VmcsField.VmEntryInterruptionInformation] & 0x8000_0FFF) == (information.Value & 0x8000_0FFF);
        if (!injected && !IsEvent(information.Type, information.Vector)) return $"IDT-vectoring information {information.Value:X8}";
        if (information.HasErrorCode && !HasErrorCode(information)) return $"IDT-vectoring information {information.Value:X8} with an error code";
        bool doubleFault = reason == ExitReason.ExceptionOrNmi && (o.After[VmcsField.VmExitInterruptionInformation] & 0x7FF) == 0x308;
        return doubleFault ? "IDT-vectoring information of a double fault" : null;
    }

    [Manual("3C", "28.2.5", "Information for VM Exits Due to Instruction Execution")]
    private static string? Length(Observation o, ExitReason reason, InterruptionInformation exit, InterruptionInformation vectoring)
    {
        ulong length = o.After[VmcsField.VmExitInstructionLength];
        if (length > 15) return $"an instruction length of {length}";
        bool needed = vectoring.Valid ? IsSoftware(vectoring.Type) : exit.Valid && IsSoftware(exit.Type) || IsInstruction(reason);
        bool injected = vectoring.Valid && o.Before[VmcsField.VmEntryInstructionLength] == 0;
        return needed && length == 0 && !injected ? $"no instruction length with reason {reason}, interruption {exit.Value:X8}, vectoring {vectoring.Value:X8}" : null;
    }

    private static bool IsInstruction(ExitReason reason) => reason is >= ExitReason.Cpuid and <= ExitReason.Wrmsr or ExitReason.Mwait
        or ExitReason.Monitor or ExitReason.Pause or ExitReason.AccessToGdtrOrIdtr or ExitReason.AccessToLdtrOrTr or ExitReason.Invept or ExitReason.Rdtscp
        or ExitReason.Invvpid or ExitReason.WbinvdOrWbnoinvd or ExitReason.Xsetbv or ExitReason.Rdrand or ExitReason.Invpcid or ExitReason.Vmfunc or ExitReason.Rdseed
        or ExitReason.Xsaves or ExitReason.Xrstors;

    private static bool IsSoftware(EventType type) => type is EventType.SoftwareInterrupt or EventType.PrivilegedSoftwareException or EventType.SoftwareException;

    /// <summary>Whether there is such an event: exceptions that this processor raises, and the software events that instructions make.</summary>
    [Manual("3A", "6.3.1", "External Interrupts")]
    [Manual("3C", "25.9.2", "Information for VM Exits Due to Vectored Events")]
    private static bool IsEvent(EventType type, byte vector) => type switch
    {
        EventType.ExternalInterrupt or EventType.SoftwareInterrupt => true,
        EventType.Nmi => vector == 2,
        EventType.HardwareException => vector is 0 or 1 or (>= 4 and <= 8) or (>= 10 and <= 14) or (>= 16 and <= 20),
        EventType.PrivilegedSoftwareException => vector == 1,
        EventType.SoftwareException => vector is 3 or 4,
        _ => false,
    };

    private static bool HasErrorCode(InterruptionInformation information) =>
        information.Type == EventType.HardwareException && information.Vector is 8 or (>= 10 and <= 14) or 17;
}
