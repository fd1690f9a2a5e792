using Vector20.Hypervisor.Mmu;

namespace Vector20.Hypervisor.Check;

/// <summary>What the hypervisor says when a #VE exit reaches it.</summary>
/// <param name="Vcpu">The vCPU.</param>
/// <param name="Vmcs">The VMCS, in groups.</param>
/// <param name="Information">The information area; null when its address is not in memory.</param>
/// <param name="GuestPhysical">The guest-physical address that was walked: the information area's.</param>
/// <param name="Walk">The EPT entries from the root to the one that decides.</param>
public sealed record VeDump(
    int Vcpu,
    IReadOnlyList<DumpedField> Vmcs,
    VeInformation? Information,
    ulong GuestPhysical,
    IReadOnlyList<DumpedEntry> Walk);

/// <summary>One field of the VMCS.</summary>
/// <param name="Group">Guest state, host state, control state, or exit information.</param>
/// <param name="Name">The field's name.</param>
/// <param name="Encoding">Its encoding.</param>
/// <param name="Value">Its value.</param>
public sealed record DumpedField(string Group, string Name, uint Encoding, ulong Value);

/// <summary>One EPT entry of a walk.</summary>
/// <param name="Level">Its level.</param>
/// <param name="Value">Its value.</param>
/// <param name="State">What it means.</param>
public sealed record DumpedEntry(int Level, ulong Value, ShadowEntryState State);
