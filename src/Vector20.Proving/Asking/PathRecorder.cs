using Vector20.Hypervisor;
using Vector20.Machine.Events;
using Vector20.Machine.Vmx;
using Vector20.Proving.Answers;

namespace Vector20.Proving.Asking;

/// <summary>Collects the steps of a path: what the machine reports, what the hypervisor does, in the order in which they happen.</summary>
internal sealed class PathRecorder : IEventObserver
{
    private readonly List<Step> _steps = [];

    /// <summary>Whether anything is kept: not while the guest is on its way to where it acts.</summary>
    public bool Recording { get; set; }

    /// <summary>The path so far.</summary>
    public IReadOnlyList<Step> Steps => _steps;

    /// <summary>Every event that was delivered to a handler of the guest while recording.</summary>
    public List<EventStep> Delivered { get; } = [];

    /// <inheritdoc/>
    public void OnStep(in EventStep step)
    {
        if (!Recording || IsWaiting(step) || Observed.IsUnderstood(step)) return;
        if (step.Kind == EventStepKind.Delivered) Delivered.Add(step);
        Add(Wording.Of(step));
    }

    /// <summary>HLT is how a guest of ours waits when it has acted: no part of the path.</summary>
    private static bool IsWaiting(in EventStep step) => step is { Kind: EventStepKind.VmExit, Value: (ulong)ExitReason.Hlt };

    /// <summary>The hypervisor did something.</summary>
    public void OnHypervisor(HypervisorStep step)
    {
        if (Recording) Add(new Step("hypervisor", step.Action, step.Detail));
    }

    /// <summary>Adds a step that no one reports: what the guest itself does, and what its registers say.</summary>
    public void Add(Step step) => _steps.Add(step);
}
