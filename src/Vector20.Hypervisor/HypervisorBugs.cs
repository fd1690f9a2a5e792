namespace Vector20.Hypervisor;

/// <summary>
/// Deliberate bugs of the hypervisor, by name: the negative controls of the #VE check. None is on unless asked for. The command
/// line's names are these in kebab case (<c>zap-writes-zero</c>).
/// </summary>
[Flags]
public enum HypervisorBugs
{
    /// <summary>The hypervisor keeps its rules.</summary>
    None = 0,

    /// <summary>The atomic zap ends by writing 0 instead of the non-present value: the window that Linux had.</summary>
    ZapWritesZero = 1 << 0,

    /// <summary>Non-present entries are 0.</summary>
    NonpresentWithoutSuppress = 1 << 1,

    /// <summary>Entries that map memory (mapped, large, write-protected) lack bit 63.</summary>
    MappedWithoutSuppress = 1 << 2,

    /// <summary>Frozen entries lack bit 63.</summary>
    FrozenWithoutSuppress = 1 << 3,

    /// <summary>Access-tracked entries lose bit 63 with their rights.</summary>
    AccessTrackedWithoutSuppress = 1 << 4,

    /// <summary>The small entries that a large one is split into lack bit 63.</summary>
    SplitWithoutSuppress = 1 << 5,

    /// <summary>Bit 20 of the exception bitmap is 0: #VE reaches the guest.</summary>
    BitmapMissesVe = 1 << 6,

    /// <summary>The control 'EPT-violation #VE' is 1, the address of the information area was never set.</summary>
    VeInfoPageMissing = 1 << 7,

    /// <summary>Nested: the information page of the nested VMCS is never set. Needs a nested hypervisor.</summary>
    NestedVeInfoMissing = 1 << 8,

    /// <summary>Nested: a #VE exit of the nested guest is forwarded to its hypervisor. Needs a nested hypervisor.</summary>
    ForwardVeToL1 = 1 << 9,

    /// <summary>An event whose delivery an exit interrupted is not injected again.</summary>
    ForgetsInterruptedEvent = 1 << 10,

    /// <summary>A large page is mapped although the slot ends before it does.</summary>
    LargePageBeyondSlot = 1 << 11,

    /// <summary>The virtual APIC accepts and delivers vectors 0-15.</summary>
    VirtualApicTakesIllegalVectors = 1 << 12,

    /// <summary>Exits due to XSETBV have no handler.</summary>
    XsetbvUnhandled = 1 << 13,
}
