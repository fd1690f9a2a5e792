using Vector20.Machine.Events;

namespace Vector20.Proving.Asking;

/// <summary>Which steps of the machine belong to a path.</summary>
internal static class Observed
{
    /// <summary>Whether a step goes without saying: an IPI is sent because the guest acts so, a VM entry follows every VM exit.</summary>
    public static bool IsUnderstood(in EventStep step) => step.Kind is EventStepKind.Sent or EventStepKind.VmEntry;
}
