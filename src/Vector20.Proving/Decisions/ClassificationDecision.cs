using Vector20.Machine;
using Vector20.Machine.Events;

namespace Vector20.Proving.Decisions;

/// <summary>What two exceptions make of one another.</summary>
[Manual("3A", "6.15", "Interrupt 8 - Double Fault Exception (#DF)")]
internal static class ClassificationDecision
{
    private static readonly int[] s_contributory = [0, 10, 11, 12, 13, 21], s_pageFaults = [14, 20];

    public static DecisionResult Run()
    {
        long inputs = 0;
        string? broken = null;
        for (int first = 0; first < 256; first++)
            for (int second = 0; second < 256; second++)
            {
                inputs++;
                NestedOutcome outcome = Classification.Combine(ClassOf(first), ClassOf(second));
                if (outcome != Must(first, second)) broken ??= $"vector {second} during the delivery of vector {first}: {outcome}";
            }

        return new DecisionResult("what two exceptions make", "the table of double and triple faults, #VE among the page faults (SDM 3A 6.15)", inputs, broken);
    }

    private static ExceptionClass ClassOf(int vector) => Classification.Of(Event.Exception((ExceptionVector)vector));

    private static NestedOutcome Must(int first, int second)
    {
        bool contributory = s_contributory.Contains(second), pageFault = s_pageFaults.Contains(second);
        if (first == 8) return contributory || pageFault ? NestedOutcome.TripleFault : NestedOutcome.HandledSerially;
        if (s_contributory.Contains(first)) return contributory ? NestedOutcome.DoubleFault : NestedOutcome.HandledSerially;
        return s_pageFaults.Contains(first) && (contributory || pageFault) ? NestedOutcome.DoubleFault : NestedOutcome.HandledSerially;
    }
}
