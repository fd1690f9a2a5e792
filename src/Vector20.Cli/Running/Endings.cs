using Vector20.Hypervisor;
using Vector20.Machine.Scheduling;

namespace Vector20.Cli.Running;

/// <summary>How a run may end, in words, and what the process answers then.</summary>
internal static class Endings
{
    /// <summary>An ending in a line.</summary>
    public static string Describe(in RunResult result) => result.End switch
    {
        RunEnd.Limit => "the limit was reached",
        RunEnd.AllHalted => "every processor halts, and nothing can wake one",
        RunEnd.Shutdown => $"processor {result.Processor} shut down: a triple fault",
        RunEnd.ExitPort => $"the image wrote {result.Code >> 1} to the exit port (status {result.Code})",
        RunEnd.PowerOff => "the image switched the machine off",
        RunEnd.Reset => "the image asked for a reset",
        RunEnd.Unsupported => $"this version does not implement what processor {result.Processor} met: {result.What}",
        RunEnd.HostEnded => "the hypervisor ended the run",
        _ => "stopped by the user",
    };

    /// <summary>What the process answers for a run under the hypervisor.</summary>
    public static int ExitCodeOf(RunEnd end, VirtualMachine vm) => vm switch
    {
        { State: VmState.Killed } or { Dumps.Count: > 0 } => ExitCode.Fails,
        { State: VmState.Failed } => ExitCode.Undecided,
        { State: VmState.ShutDown } => ExitCode.Good,
        _ => ExitCodeOf(end),
    };

    /// <summary>What the process answers when no check fired: the run is good unless it was cut short or could not go on.</summary>
    public static int ExitCodeOf(RunEnd end) => end is RunEnd.Limit or RunEnd.Unsupported ? ExitCode.Undecided : ExitCode.Good;
}
