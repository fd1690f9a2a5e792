namespace Vector20.Machine.Processors.Translation;

/// <summary>When blocks of 64-bit code are translated to native code.</summary>
/// <param name="After">How often a block has executed when it is translated; 0: never.</param>
/// <param name="AtOnce">On the thread that runs the machine, which waits, and not beside it.</param>
public readonly record struct TranslationOptions(int After, bool AtOnce = false)
{
    /// <summary>After as many executions as pay for compiling it beside the machine, on a thread that often shares a core with it.</summary>
    public TranslationOptions() : this(16_000)
    {
    }
}
