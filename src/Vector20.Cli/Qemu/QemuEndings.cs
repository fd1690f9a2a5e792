using Vector20.Cli.Output;
using Vector20.Cli.Running;
using Vector20.Hypervisor;
using Vector20.Hypervisor.Check;
using Vector20.Machine.Scheduling;

namespace Vector20.Cli.Qemu;

/// <summary>What the process answers for an ending. isa-debug-exit has the odd numbers, so what QEMU does not know has even ones.</summary>
internal static class QemuEndings
{
    /// <summary>The #VE check fired.</summary>
    public const int CheckFired = 4;

    /// <summary>The run could not go on: something is not implemented, or every processor halts for good.</summary>
    public const int Stuck = 6;

    /// <summary>A reset, or a triple fault, which resets a PC.</summary>
    public static bool IsReset(in RunResult result, VirtualMachine? vm) => result.End is RunEnd.Reset or RunEnd.Shutdown || vm?.State == VmState.ShutDown;

    /// <summary>The exit code; an ending that a guest did not ask for is said in a line, the check's with its dump.</summary>
    public static int Report(in RunResult result, VirtualMachine? vm, Streams streams)
    {
        if (vm is { Dumps: [VeDump dump, ..] })
        {
            foreach (string line in DumpText.Lines(dump)) streams.Error.WriteLine(line);
            QemuCommand.Say(streams, $"the #VE check fired: {vm.Why}");
            return CheckFired;
        }

        if (vm?.State == VmState.Failed)
        {
            QemuCommand.Say(streams, vm.Why ?? Endings.Describe(result));
            return Stuck;
        }

        if (IsReset(result, vm)) return ExitCode.Good;
        switch (result.End)
        {
            case RunEnd.ExitPort:
                return (byte)result.Code;
            case RunEnd.PowerOff or RunEnd.Cancelled:
                return ExitCode.Good;
            default:
                QemuCommand.Say(streams, Endings.Describe(result));
                return Stuck;
        }
    }
}
