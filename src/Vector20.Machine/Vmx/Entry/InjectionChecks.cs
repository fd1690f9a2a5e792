using Vector20.Machine.Events;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>The fields of event injection, while the valid bit is 1.</summary>
[Manual("3C", "27.2.1.3", "VM-Entry Control Fields")]
internal static class InjectionChecks
{
    /// <summary>The rule that is broken, or null.</summary>
    public static string? Check(Processor p, Vmcs vmcs)
    {
        var information = new EntryInterruptionInformation((uint)vmcs[VmcsField.VmEntryInterruptionInformation]);
        return information.Valid ? Vector(information) ?? ErrorCode(p, vmcs, information) ?? Length(vmcs, information) : null;
    }

    private static string? Vector(EntryInterruptionInformation information)
    {
        if ((information.Value & EntryInterruptionInformation.ReservedBits) != 0) return "reserved bits of the VM-entry interruption information are not 0";
        return information.Type switch
        {
            (EventType)1 => "interruption type 1 is reserved",
            EventType.Nmi when information.Vector != 2 => "an injected NMI has a vector other than 2",
            EventType.HardwareException when information.Vector > 31 => "an injected hardware exception has a vector above 31",
            EventType.Other when information.Vector != 0 => "an injected MTF VM exit has a vector other than 0",
            _ => null,
        };
    }

    private static string? ErrorCode(Processor p, Vmcs vmcs, EntryInterruptionInformation information)
    {
        bool realMode = (p.Vmx.Secondary & SecondaryControls.UnrestrictedGuest) != 0 && (vmcs[VmcsField.GuestCr0] & Cr0.PE) == 0;
        bool delivers = !realMode && information.Type == EventType.HardwareException && HasErrorCode((ExceptionVector)information.Vector);
        if (information.DeliverErrorCode != delivers) return delivers ? "the injected exception lacks its error code" : "the injected event has no error code to deliver";
        return delivers && vmcs[VmcsField.VmEntryExceptionErrorCode] > 0xFFFF ? "bits 31:16 of the VM-entry exception error code are not 0" : null;
    }

    private static string? Length(Vmcs vmcs, EntryInterruptionInformation information)
    {
        bool software = information.Type is EventType.SoftwareInterrupt or EventType.PrivilegedSoftwareException or EventType.SoftwareException;
        return software && vmcs[VmcsField.VmEntryInstructionLength] > 15 ? "the VM-entry instruction length is above 15" : null;
    }

    /// <summary>#DF, #TS, #NP, #SS, #GP, #PF and #AC. Whether #CP has one is for processors with CET.</summary>
    private static bool HasErrorCode(ExceptionVector vector) => vector is ExceptionVector.DoubleFault or ExceptionVector.InvalidTss
        or ExceptionVector.SegmentNotPresent or ExceptionVector.StackFault or ExceptionVector.GeneralProtection or ExceptionVector.PageFault
        or ExceptionVector.AlignmentCheck;
}
