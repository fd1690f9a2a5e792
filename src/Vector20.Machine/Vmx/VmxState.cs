namespace Vector20.Machine.Vmx;

/// <summary>What VMX operation a processor is in.</summary>
public sealed class VmxState
{
    /// <summary>Whether the processor is in VMX non-root operation.</summary>
    public bool NonRoot { get; internal set; }
}
