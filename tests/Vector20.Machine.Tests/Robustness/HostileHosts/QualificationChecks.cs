using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Robustness.HostileHosts;

/// <summary>The exit qualification: bits that the manual leaves undefined or clear are 0, and what the others say makes sense.</summary>
[Manual("3C", "28.2.1", "Basic VM-Exit Information")]
internal static class QualificationChecks
{
    private const ulong PhysicalAddress = (1ul << 46) - 1;

    public static string? Check(Observation o)
    {
        var reason = (ExitReason)o.After[VmcsField.ExitReason];
        ulong qualification = o.After[VmcsField.ExitQualification], guestPhysical = o.After[VmcsField.GuestPhysicalAddress];
        if (!IsDefined(o, reason, qualification)) return $"qualification {qualification:X} of an exit with reason {reason}";
        bool isPhysical = reason is not (ExitReason.EptViolation or ExitReason.EptMisconfiguration) || guestPhysical <= PhysicalAddress;
        return isPhysical ? null : $"guest-physical address {guestPhysical:X}";
    }

    private static bool IsDefined(Observation o, ExitReason reason, ulong q) => reason switch
    {
        ExitReason.ExceptionOrNmi => Event(o, q),
        ExitReason.StartUpIpi or ExitReason.VirtualizedEoi => q <= 0xFF,
        ExitReason.TaskSwitch => (q & ~0xC000_FFFFul) == 0,
        ExitReason.ControlRegisterAccess => ControlRegister(q),
        ExitReason.MovDr => (q & ~0xF17ul) == 0,
        ExitReason.IoInstruction => (q & ~0xFFFF_007Ful) == 0 && (q & 7) is 0 or 1 or 3 && ((q & 0x20) == 0 || (q & 0x10) != 0) && (q & 0x50) != 0x50,
        ExitReason.Mwait => q <= 1,
        ExitReason.ApicAccess => q <= 0xFFFF && (q >> 12) is 0 or 1 or 2 or 3 or 10 or 15,
        ExitReason.ApicWrite => q <= 0xFFF,
        ExitReason.EptViolation => EptViolation(q),
        ExitReason.PageModificationLogFull => (q & ~0x1000ul) == 0,
        ExitReason.Invlpg or >= ExitReason.Vmclear and <= ExitReason.Vmxon or ExitReason.AccessToGdtrOrIdtr or ExitReason.AccessToLdtrOrTr => true,
        ExitReason.Invept or ExitReason.Invvpid or ExitReason.Invpcid or ExitReason.Xsaves or ExitReason.Xrstors => true,
        _ => q == 0,
    };

    /// <summary>#DB: the conditions met. #PF: the linear address. Else 0.</summary>
    private static bool Event(Observation o, ulong q) => (o.After[VmcsField.VmExitInterruptionInformation] & 0x7FF) switch
    {
        0x301 => (q & ~0xE00Ful) == 0,
        0x501 => q == 0,
        0x30E => true,
        _ => q == 0,
    };

    private static bool ControlRegister(ulong q) => (q >> 4 & 3) switch
    {
        0 => (q & ~0xF0Ful) == 0 && (q & 15) is 0 or 3 or 4 or 8,
        1 => (q & ~0xF1Ful) == 0 && (q & 15) is 3 or 8,
        2 => q == 0x20,
        _ => (q & ~0xFFFF_0070ul) == 0,
    };

    /// <summary>Bit 8 is defined with bit 7, bits 11:9 with bits 7 and 8; something is always accessed.</summary>
    private static bool EptViolation(ulong q)
    {
        if ((q & ~0x1FFFul) != 0 || (q & 7) == 0) return false;
        bool linear = (q & 1 << 7) != 0, translation = (q & 1 << 8) != 0;
        return linear ? translation || (q & 0xE00) == 0 : (q & 0xF00) == 0;
    }
}
