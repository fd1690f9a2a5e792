namespace Vector20.Proving.Exploring;

/// <summary>How far a proof has come, for whoever watches it.</summary>
public sealed class Progress
{
    private long _executed, _recalled;

    /// <summary>Actions and steps executed so far.</summary>
    public long Executed => Interlocked.Read(ref _executed);

    /// <summary>Those of them that a checkpoint had already.</summary>
    public long Recalled => Interlocked.Read(ref _recalled);

    /// <summary>What is being done, in words.</summary>
    public string Part { get; internal set; } = "";

    /// <summary>States found in the part so far, and those not explored yet.</summary>
    public long States { get; internal set; }

    /// <summary>States not explored yet.</summary>
    public long Frontier { get; internal set; }

    internal void Add(long executed, bool recalled)
    {
        Interlocked.Add(ref _executed, executed);
        if (recalled) Interlocked.Add(ref _recalled, executed);
    }
}
