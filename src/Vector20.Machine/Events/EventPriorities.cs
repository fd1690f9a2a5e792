using Vector20.Machine.Processors;

namespace Vector20.Machine.Events;

/// <summary>What comes first between two instructions.</summary>
[Manual("3A", "6.9", "Priority Among Concurrent Events")]
internal static class EventPriorities
{
    /// <summary>Looks at everything that may come before the next instruction, and does the first of it.</summary>
    public static void BeforeInstruction(Processor p) => p.Attention = false;

    /// <summary>Ends a carefully executed instruction: its shadow expires, its traps become pending.</summary>
    public static void AfterInstruction(Processor p)
    {
    }
}
