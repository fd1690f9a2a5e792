using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Machine.Processors.Msrs;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor.Exits;

/// <summary>RDMSR and WRMSR of what the MSR bitmap withholds. What is not here is not there: #GP(0).</summary>
[Manual("3C", "26.1.3", "Instructions That Cause VM Exits Conditionally")]
internal static class MsrExits
{
    public static void Read(Vcpu v)
    {
        if (TryRead(v, (uint)v.Processor[1], out ulong value))
        {
            GuestInstruction.SetPair(v, value);
            GuestInstruction.Complete(v);
        }
        else
        {
            GuestInstruction.GeneralProtection(v);
        }
    }

    public static void Write(Vcpu v)
    {
        if (TryWrite(v, (uint)v.Processor[1], GuestInstruction.Pair(v))) GuestInstruction.Complete(v);
        else GuestInstruction.GeneralProtection(v);
    }

    private static bool TryRead(Vcpu v, uint msr, out ulong value)
    {
        value = (Msr)msr switch
        {
            Msr.ApicBase => v.Apic?.BaseAddressRegister ?? 0,
            Msr.TscDeadline => v.Apic?.TscDeadline ?? 0,
            Msr.FeatureControl => v.FeatureControl,
            Msr.TscAdjust => v.TscAdjust,
            _ => 0,
        };
        if ((Msr)msr is Msr.ApicBase or Msr.TscDeadline or Msr.FeatureControl or Msr.TscAdjust) return true;
        return LocalApic.IsApicMsr(msr) && v.Apic is { } apic && apic.ReadMsr(msr, out value);
    }

    private static bool TryWrite(Vcpu v, uint msr, ulong value)
    {
        switch ((Msr)msr)
        {
            case Msr.ApicBase:
                return v.Apic is { } apic && apic.WriteBaseAddressRegister(value);
            case Msr.TscDeadline:
                v.Apic!.TscDeadline = value;
                return true;
            case Msr.Efer:
                return GuestControlRegisters.WriteEfer(v, value);
            case Msr.TimeStampCounter:
                return SetTimeStamp(v, value - v.Processor.TimeStampCounter);
            case Msr.TscAdjust:
                return SetTimeStamp(v, v.Vmcs[VmcsField.TscOffset] + (value - v.TscAdjust));
            default:
                return LocalApic.IsApicMsr(msr) && v.Apic is { } own && own.WriteMsr(msr, value);
        }
    }

    /// <summary>The counter is the processor's plus an offset, and a change of either is a change of IA32_TSC_ADJUST.</summary>
    [Manual("3B", "18.17.3", "Time-Stamp Counter Adjustment")]
    private static bool SetTimeStamp(Vcpu v, ulong offset)
    {
        v.TscAdjust += offset - v.Vmcs[VmcsField.TscOffset];
        v.Vmcs[VmcsField.TscOffset] = offset;
        return true;
    }
}
