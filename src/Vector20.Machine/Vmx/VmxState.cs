namespace Vector20.Machine.Vmx;

/// <summary>What VMX operation a processor is in, and the parts of the current VMCS that non-root operation needs at every turn.</summary>
public sealed class VmxState
{
    /// <summary>What the current-VMCS pointer and the VMCS link pointer hold while there is no such VMCS.</summary>
    public const ulong NoPointer = ulong.MaxValue;

    /// <summary>VMXON was executed, and VMXOFF not since: the host is machine code.</summary>
    public bool On { get; internal set; }

    /// <summary>Whether the processor is in VMX non-root operation.</summary>
    public bool NonRoot { get; internal set; }

    /// <summary>Whether the processor is in VMX operation, root or non-root.</summary>
    public bool InOperation => On || NonRoot;

    /// <summary>The operand of VMXON: the region that no VMCS may lie in.</summary>
    internal ulong VmxonPointer = NoPointer;

    /// <summary>The current-VMCS pointer of a host in machine code.</summary>
    public ulong CurrentPointer { get; internal set; } = NoPointer;

    /// <summary>Whether the current VMCS is a shadow VMCS, which no guest can be entered with.</summary>
    internal bool CurrentIsShadow;

    /// <summary>The current VMCS.</summary>
    public Vmcs Vmcs { get; set; } = new();

    /// <summary>Who gets VM exits, unless the host is machine code.</summary>
    public IVmExitHandler? Handler { get; set; }

    /// <summary>Set by the handler: do not enter the guest again; the processor idles in root operation until <see cref="VmEntry.Request"/>.</summary>
    public bool Stay { get; set; }

    /// <summary>The controls as VM entry found them, the effective ones: secondary controls are 0 unless activated.</summary>
    public PinBasedControls PinBased { get; internal set; }

    /// <summary>The primary processor-based controls.</summary>
    public ProcessorBasedControls ProcessorBased { get; internal set; }

    /// <summary>The secondary processor-based controls.</summary>
    public SecondaryControls Secondary { get; internal set; }

    /// <summary>The tertiary processor-based controls.</summary>
    public TertiaryControls Tertiary { get; internal set; }

    /// <summary>The VM-exit controls.</summary>
    public VmExitControls ExitControls { get; internal set; }

    /// <summary>The VM-entry controls.</summary>
    public VmEntryControls EntryControls { get; internal set; }

    /// <summary>The exception bitmap.</summary>
    public uint ExceptionBitmap { get; internal set; }

    /// <summary>Page-fault error-code mask.</summary>
    public uint PageFaultErrorCodeMask { get; internal set; }

    /// <summary>Page-fault error-code match.</summary>
    public uint PageFaultErrorCodeMatch { get; internal set; }

    /// <summary>The processor is the host's: it executes nothing until a VM entry succeeds. See <see cref="VmEntry.EnterGuest"/>.</summary>
    internal bool InHost;

    /// <summary>An exit, or a VMfail, has happened that the host has not handled yet.</summary>
    internal bool ExitPending;

    /// <summary>The rule on controls that the last VM entry broke (VMfail), until the host has handled it.</summary>
    internal string? FailedControl;

    /// <summary>The rule on guest state that the last VM entry broke, in words; null if it broke none.</summary>
    public string? FailedRule { get; internal set; }

    /// <summary>With virtual NMIs: whether a virtual NMI is being handled.</summary>
    internal bool VirtualNmisBlocked;

    /// <summary>A monitor-trap-flag VM exit is pending on the instruction boundary before the next instruction.</summary>
    internal bool MonitorTrapPending;

    /// <summary>The tick at which the VMX-preemption timer reaches 0.</summary>
    internal ulong PreemptionDeadline = ulong.MaxValue;

    /// <summary>A trap-like VM exit (APIC write, virtualized EOI, TPR below threshold) that the instruction just completed has caused.</summary>
    internal VmExit? TrapLikeExit;

    /// <summary>A virtual interrupt has been recognized.</summary>
    internal bool VirtualInterruptPending;

    /// <summary>Offset of the virtual-APIC register whose write is still to be emulated; -1 for none.</summary>
    internal int PendingApicWrite = -1;

    /// <summary>Set by the handler of a task-switch exit, to let the processor do it: the next one does not exit.</summary>
    public bool TaskSwitchLifted { get; set; }

    /// <summary>Who serves the assisted page, and which page that is; null if no instruction is assisted.</summary>
    internal IAssistedMemory? AssistedMemory;

    internal ulong AssistedPage, AssistedTick = NotAssisted, AssistedRip;

    /// <summary>No tick: the guest was entered for another reason than to be assisted.</summary>
    internal const ulong NotAssisted = ulong.MaxValue;

    /// <summary>When PAUSE was executed last, and first in the current loop, for PAUSE-loop exiting.</summary>
    internal ulong LastPause, FirstPause;

    /// <summary>
    /// Called by the handler of an exit: the guest is to execute the instruction at its RIP, and that one alone, with its data accesses to one
    /// guest-physical page served by <paramref name="memory"/>. If anything else happens first, the instruction exits once more.
    /// </summary>
    public void Assist(ulong guestPhysicalPage, IAssistedMemory memory)
    {
        AssistedPage = guestPhysicalPage & ~0xFFFul;
        AssistedMemory = memory;
    }

    /// <summary>For the handler of an exit, with the time now: whether the assistance was given to the instruction that exits, and was not enough.</summary>
    public bool AssistedInVain(ulong now) => AssistedTick != NotAssisted && now == AssistedTick + 1;

    /// <summary>The same state for a fork of the processor, with a VMCS of its own. Who handles exits and serves assisted memory must fork itself, and be set.</summary>
    internal VmxState Fork()
    {
        var fork = (VmxState)MemberwiseClone();
        fork.Vmcs = Vmcs.Copy();
        fork.Handler = null;
        fork.AssistedMemory = null;
        return fork;
    }

    /// <summary>Takes the controls from the VMCS, as VM entry does.</summary>
    internal void LoadControls()
    {
        PinBased = (PinBasedControls)Vmcs[VmcsField.PinBasedControls];
        ProcessorBased = (ProcessorBasedControls)Vmcs[VmcsField.ProcessorBasedControls];
        Secondary = SecondaryOf(Vmcs, ProcessorBased);
        Tertiary = (ProcessorBased & ProcessorBasedControls.ActivateTertiaryControls) == 0 ? 0 : (TertiaryControls)Vmcs[VmcsField.TertiaryProcessorBasedControls];
        ExitControls = (VmExitControls)Vmcs[VmcsField.VmExitControls];
        EntryControls = (VmEntryControls)Vmcs[VmcsField.VmEntryControls];
        ExceptionBitmap = (uint)Vmcs[VmcsField.ExceptionBitmap];
        PageFaultErrorCodeMask = (uint)Vmcs[VmcsField.PageFaultErrorCodeMask];
        PageFaultErrorCodeMatch = (uint)Vmcs[VmcsField.PageFaultErrorCodeMatch];
    }

    /// <summary>Whether a pin-based control is 1 in non-root operation.</summary>
    internal bool Has(PinBasedControls control) => NonRoot && (PinBased & control) != 0;

    /// <summary>Whether a primary processor-based control is 1 in non-root operation.</summary>
    internal bool Has(ProcessorBasedControls control) => NonRoot && (ProcessorBased & control) != 0;

    /// <summary>The secondary controls, all 0 unless the primary ones activate them.</summary>
    internal static SecondaryControls SecondaryOf(Vmcs vmcs, ProcessorBasedControls primary) =>
        (primary & ProcessorBasedControls.ActivateSecondaryControls) == 0 ? 0 : (SecondaryControls)vmcs[VmcsField.SecondaryProcessorBasedControls];

    /// <summary>Whether a secondary processor-based control is 1 in non-root operation.</summary>
    internal bool Has(SecondaryControls control) => NonRoot && (Secondary & control) != 0;

    /// <summary>Whether a tertiary processor-based control is 1 in non-root operation.</summary>
    internal bool Has(TertiaryControls control) => NonRoot && (Tertiary & control) != 0;

    /// <summary>Whether an instruction that a secondary control enables (RDTSCP, INVPCID) is #UD here: non-root operation and the control is 0.</summary>
    [Manual("3C", "26.3", "Changes to Instruction Behavior in VMX Non-Root Operation")]
    internal bool Withholds(SecondaryControls enable) => NonRoot && (Secondary & enable) == 0;
}
