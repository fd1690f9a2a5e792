using Vector20.Hypervisor.Check;
using Vector20.Machine.Events;

namespace Vector20.Proving.Answers;

/// <summary>How it ended.</summary>
public enum Verdict
{
    /// <summary>The guest goes on, and the check was not reached.</summary>
    Alive,

    /// <summary>A #VE exit killed the VM.</summary>
    Killed,

    /// <summary>A #VE exit was dumped, and the guest resumed.</summary>
    Warned,

    /// <summary>The guest's own handler received #VE.</summary>
    GuestReceivedVe,

    /// <summary>The guest shut down: a triple fault.</summary>
    ShutDown,

    /// <summary>The hypervisor cannot go on with the guest, for a reason that has nothing to do with #VE.</summary>
    Stopped,

    /// <summary>The limit was reached before it was clear.</summary>
    Undecided,
}

/// <summary>One step of a path.</summary>
/// <param name="Actor">Who: the guest, a local APIC, the processor, the hypervisor.</param>
/// <param name="Action">What.</param>
/// <param name="Detail">Numbers and consequences.</param>
/// <param name="Manual">The rule, or null.</param>
public sealed record Step(string Actor, string Action, string Detail, ManualReference? Manual = null);

/// <summary>How often the guest left for one reason.</summary>
/// <param name="Reason">The basic exit reason's number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Count">How often.</param>
public sealed record ExitCount(int Reason, string Name, long Count);

/// <summary>An answer: what happened, step by step, when the guest was run.</summary>
/// <param name="Path">The steps, in order.</param>
/// <param name="Verdict">How it ended.</param>
/// <param name="Why">The verdict in a line.</param>
/// <param name="Exits">VM exits by reason that the act brought.</param>
/// <param name="Handlers">The vectors of the guest's handlers that ran, in order.</param>
/// <param name="ErrorStatus">The error status register of each local APIC afterwards.</param>
/// <param name="Dump">The check's dump, if it fired.</param>
public sealed record Answer(
    IReadOnlyList<Step> Path,
    Verdict Verdict,
    string Why,
    IReadOnlyList<ExitCount> Exits,
    IReadOnlyList<int> Handlers,
    IReadOnlyList<uint> ErrorStatus,
    VeDump? Dump)
{
    /// <summary>Whether the property 'a guest does not reach #VE' held.</summary>
    public bool Good => Verdict is Verdict.Alive or Verdict.ShutDown or Verdict.Stopped;
}
