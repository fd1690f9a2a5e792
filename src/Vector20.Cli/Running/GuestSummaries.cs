using Vector20.Cli.Output;
using Vector20.Hypervisor;
using Vector20.Proving.Questions;

namespace Vector20.Cli.Running;

/// <summary>What the hypervisor saw of a run, for the summary.</summary>
internal static class GuestSummaries
{
    public static GuestSummary Of(VirtualMachine vm) => new(
        [.. vm.Exits.ByFrequency.Select(exits => ExitsByReason.Of(exits.Reason, exits.Count))],
        Names.Of(vm.Options.VeCheck),
        vm.Dumps.Count,
        vm.State == VmState.Alive && vm.Dumps.Count > 0 ? "warned" : Names.Of(vm.State),
        vm.Why ?? Why(vm),
        vm.Dumps.Count > 0 ? [.. DumpText.Lines(vm.Dumps[0])] : []);

    private static string Why(VirtualMachine vm) => vm switch
    {
        { Options.VeCheck: VeCheck.Off } => "the #VE check was off",
        { Dumps.Count: > 0 } => $"the #VE check fired {vm.Dumps.Count} times, and the guest was resumed",
        _ => "no VM exit for #VE, the check was not reached",
    };
}
