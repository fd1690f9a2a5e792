using Vector20.Hypervisor;
using Vector20.Machine.Events;
using Vector20.Proving.Answers;

namespace Vector20.Proving.Asking;

/// <summary>From what happened to a verdict.</summary>
internal static class Verdicts
{
    public static (Verdict Verdict, string Why) Of(Stage stage, PathRecorder recorder, bool ended)
    {
        if (stage.Vm?.State == VmState.Killed) return (Verdict.Killed, stage.Vm.Why!);
        if (recorder.Delivered.Any(IsVe)) return (Verdict.GuestReceivedVe, "the guest's own handler received #VE");
        if (stage.Vm?.Dumps.Count > 0) return (Verdict.Warned, "a #VE exit was dumped, and the guest resumed");
        if (stage.Vm?.State == VmState.ShutDown || stage.Actor.Activity == Machine.Processors.ActivityState.Shutdown)
            return (Verdict.ShutDown, "the guest shut down (triple fault); no VM exit for #VE");
        if (stage.Ended is { } why) return (Verdict.Stopped, why);
        if (!ended) return (Verdict.Undecided, "the guest was still busy when the limit was reached");
        return (Verdict.Alive, stage.Vm is null ? "the guest goes on" : "no VM exit for #VE, the check was not reached");
    }

    private static bool IsVe(EventStep step) => step.Event is { Type: EventType.HardwareException, Vector: (byte)ExceptionVector.Virtualization };
}
