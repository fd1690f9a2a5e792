using Vector20.Machine.Events;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Execution.StateSaving;

/// <summary>What the XSAVE instructions have in common.</summary>
[Manual("1", "13.4.2", "XSAVE Header")]
internal static class XsaveArea
{
    public const int HeaderAt = LegacyRegion.Size, HeaderSize = 64;
    public const uint Alignment = 64;
    public const ulong CompactedFormat = 1ul << 63;

    /// <summary>#UD without OSXSAVE, #NM with TS.</summary>
    [Manual("1", "13.5.1", "XSAVE-Supported Features Enabling")]
    public static bool Check(Processor p)
    {
        if ((p.ControlRegister4 & Cr4.OSXSAVE) == 0) p.Fault(ExceptionVector.InvalidOpcode);
        else if ((p.ControlRegister0 & Cr0.TS) != 0) p.Fault(ExceptionVector.DeviceNotAvailable);
        else
        {
            p.OwnExtended();
            return true;
        }

        return false;
    }

    /// <summary>XSAVES and XRSTORS are for CPL 0; in VMX non-root operation they are #UD without their control. No supervisor state can make them exit.</summary>
    [Manual("3C", "26.3", "Changes to Instruction Behavior in VMX Non-Root Operation")]
    public static bool CheckSupervisor(Processor p)
    {
        if (p.Vmx.Withholds(SecondaryControls.EnableXsavesXrstors))
        {
            p.Fault(ExceptionVector.InvalidOpcode);
            return false;
        }

        if ((p.ControlRegister4 & Cr4.OSXSAVE) != 0 && p.Cpl != 0) return p.Refuse(ExceptionVector.GeneralProtection, 0);
        return Check(p);
    }

    /// <summary>Where PKRU is in the compacted format: behind AVX state if that has a place.</summary>
    [Manual("1", "13.4.3", "Extended Region of an XSAVE Area")]
    public static uint CompactedPkruAt(ulong components) =>
        ExtendedState.LegacyAndHeader + ((components & ExtendedState.Avx) != 0 ? ExtendedState.AvxSize : 0);
}
