using Vector20.Machine;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor.Exits;

/// <summary>From a VM exit to what handles it.</summary>
[Manual("3C", "28.2.1", "Basic VM-Exit Information")]
internal static class ExitDispatch
{
    private const uint EntryFailure = 1u << 31;

    /// <summary>Handles the exit that the vCPU's VMCS describes.</summary>
    public static void Handle(Vcpu v)
    {
        ulong value = v.Vmcs[VmcsField.ExitReason];
        var reason = (ExitReason)(ushort)value;
        v.Vm.Exits.Add(reason);
        if ((value & EntryFailure) != 0)
        {
            v.Vm.EndUnhandled("VM entry", $"VM entry failed: {v.Processor.Vmx.FailedRule ?? reason.ToString()}");
            return;
        }

        Reinjection.Remember(v);
        v.ApicPage?.Load(v);
        if (!Events(v, reason) && !Instructions(v, reason)) v.Vm.EndUnhandled(reason.ToString(), $"VM exit {(int)reason} ({reason}) is not handled");
    }

    private static bool Events(Vcpu v, ExitReason reason)
    {
        switch (reason)
        {
            case ExitReason.ExceptionOrNmi:
                ExceptionExits.Handle(v);
                return true;
            case ExitReason.ExternalInterrupt:
                InterruptExits.External(v);
                return true;
            case ExitReason.TripleFault:
                v.Vm.End(VmState.ShutDown, $"vCPU {v.Index} shut down: a triple fault");
                return true;
            case ExitReason.InitSignal:
                InterruptExits.Init(v);
                return true;
            case ExitReason.StartUpIpi:
                VcpuStart.StartUp(v, (byte)v.Vmcs[VmcsField.ExitQualification]);
                return true;
            case ExitReason.InterruptWindow or ExitReason.NmiWindow:
                return true;
            case ExitReason.VmxPreemptionTimerExpired:
                v.Apic?.Advance();
                return true;
            case ExitReason.EptViolation:
                EptExits.Violation(v);
                return true;
            case ExitReason.EptMisconfiguration:
                EptExits.Misconfiguration(v);
                return true;
            case ExitReason.ApicAccess or ExitReason.ApicWrite or ExitReason.VirtualizedEoi:
                ApicExits.Handle(v, reason);
                return true;
            default:
                return false;
        }
    }

    private static bool Instructions(Vcpu v, ExitReason reason)
    {
        switch (reason)
        {
            case ExitReason.Cpuid:
                CpuidExits.Handle(v);
                return true;
            case ExitReason.Hlt:
                HltExits.Handle(v);
                return true;
            case ExitReason.IoInstruction:
                IoExits.Handle(v);
                return true;
            case ExitReason.Rdmsr:
                MsrExits.Read(v);
                return true;
            case ExitReason.Wrmsr:
                MsrExits.Write(v);
                return true;
            case ExitReason.ControlRegisterAccess:
                ControlRegisterExits.Handle(v);
                return true;
            case ExitReason.MonitorTrapFlag:
                AssistedExits.EndStep(v);
                return true;
            case ExitReason.TaskSwitch:
                AssistedExits.TaskSwitch(v);
                return true;
            case ExitReason.Xsetbv when (v.Vm.Options.Bugs & HypervisorBugs.XsetbvUnhandled) == 0:
                XsetbvExits.Handle(v);
                return true;
            default:
                return MinorExits.Handle(v, reason);
        }
    }
}
