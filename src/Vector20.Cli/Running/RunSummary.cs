using Vector20.Machine.Scheduling;
using Vector20.Machine.Vmx;

namespace Vector20.Cli.Running;

/// <summary>What is said of a run when it is over.</summary>
/// <param name="Image">The image's name.</param>
/// <param name="Result">How the machine ended it.</param>
/// <param name="Ending">The same in a line.</param>
/// <param name="Instructions">Instructions executed, by all processors.</param>
/// <param name="Seconds">Host time.</param>
/// <param name="Guest">What the hypervisor saw; null on the bare machine.</param>
/// <param name="Vmx">What the silicon saw of VM entries and VM exits, whoever the hypervisor was; null if there were none.</param>
/// <param name="ExitCode">What the process answers.</param>
public sealed record RunSummary(string Image, RunResult Result, string Ending, ulong Instructions, double Seconds, GuestSummary? Guest, VmxSummary? Vmx, int ExitCode);

/// <summary>What the hypervisor saw of a run.</summary>
/// <param name="Exits">VM exits by reason, the most frequent first.</param>
/// <param name="VeCheck">What the #VE check was told to do.</param>
/// <param name="VeExits">How often it fired.</param>
/// <param name="Verdict">Alive, killed, warned, shut down or failed.</param>
/// <param name="Why">The verdict in a line.</param>
/// <param name="Dump">The check's first dump, as lines.</param>
public sealed record GuestSummary(IReadOnlyList<ExitsByReason> Exits, string VeCheck, int VeExits, string Verdict, string Why, IReadOnlyList<string> Dump);

/// <summary>How often the guest left for one reason.</summary>
/// <param name="Reason">The basic exit reason.</param>
/// <param name="Name">Its name.</param>
/// <param name="Count">How often.</param>
public sealed record ExitsByReason(int Reason, string Name, long Count)
{
    /// <summary>What was counted of a reason.</summary>
    internal static ExitsByReason Of(ExitReason reason, long count) => new((int)reason, reason.ToString(), count);
}
