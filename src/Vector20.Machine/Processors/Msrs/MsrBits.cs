namespace Vector20.Machine.Processors.Msrs;

#pragma warning disable CS1591 // The manual's own names.

/// <summary>The bits of IA32_DEBUGCTL that are implemented.</summary>
[Manual("3B", "18.4.1", "IA32_DEBUGCTL MSR")]
public static class DebugCtl
{
    public const ulong BTF = 1 << 1;
}

/// <summary>The bits of IA32_FEATURE_CONTROL.</summary>
[Manual("3C", "24.7", "Enabling and Entering VMX Operation")]
public static class FeatureControl
{
    public const ulong Lock = 1 << 0, VmxInsideSmx = 1 << 1, VmxOutsideSmx = 1 << 2;
}
#pragma warning restore CS1591
