using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>What the silicon knows of whom it enters: two guests are the same if all of this is.</summary>
/// <param name="Vmcs">The region of the VMCS; all ones where the host is in C# and has none.</param>
/// <param name="Vpid">The VPID, 0 without.</param>
/// <param name="EptPointer">The EPTP, 0 without EPT.</param>
public readonly record struct GuestIdentity(ulong Vmcs, ushort Vpid, ulong EptPointer)
{
    /// <summary>The guest of a processor's current VMCS.</summary>
    internal static GuestIdentity Of(Processor p)
    {
        Vmcs vmcs = p.Vmx.Vmcs;
        SecondaryControls secondary = VmxState.SecondaryOf(vmcs, (ProcessorBasedControls)vmcs[VmcsField.ProcessorBasedControls]);
        return new GuestIdentity(
            p.Vmx.CurrentPointer,
            (secondary & SecondaryControls.EnableVpid) != 0 ? (ushort)vmcs[VmcsField.Vpid] : (ushort)0,
            (secondary & SecondaryControls.EnableEpt) != 0 ? vmcs[VmcsField.EptPointer] : 0);
    }
}

/// <summary>What became of one guest.</summary>
public sealed class GuestAccount
{
    internal GuestAccount(int number, GuestIdentity? identity)
    {
        Number = number;
        Identity = identity;
    }

    /// <summary>Its number, in the order of first entries.</summary>
    public int Number { get; }

    /// <summary>Which it is; null for all those together for which there was no room.</summary>
    public GuestIdentity? Identity { get; }

    /// <summary>VM entries: those that were performed, and those that ended in a VM exit at once.</summary>
    public long Entries { get; internal set; }

    /// <summary>Time in it, in ticks, up to its last VM exit: <see cref="VmxAccounts.TimeIn"/> has it all.</summary>
    internal ulong Ticks;

    /// <summary>Its VM exits by reason.</summary>
    public ExitCounts Exits { get; } = new();
}
