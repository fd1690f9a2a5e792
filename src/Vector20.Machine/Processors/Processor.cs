using System.Runtime.CompilerServices;
using Vector20.Machine.Apic;
using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Processors.Segmentation;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors;

/// <summary>
/// One logical processor: its architectural state. What it does with that state is in static classes by chapter of the
/// manual (Execution, Events, Memory, Vmx); the partial files beside this one hold the state's invariants.
/// </summary>
public sealed partial class Processor
{
    internal RegisterFile Registers;
    internal StatusFlags Flags;

    /// <summary>RFLAGS without the six status flags and without bit 1. Change it by <see cref="SetRflags"/> or call <see cref="ContextChanged"/>.</summary>
    internal uint SystemFlags;

    /// <summary>While a block runs: RIP at its first byte. Otherwise the next instruction's RIP.</summary>
    internal ulong Rip;

    internal byte CurrentPrivilegeLevel;

    private SegmentRegister[] _segments = new SegmentRegister[6];

    /// <summary>The first 8 bytes of the descriptor that each segment register has been loaded from; 0 if it was loaded otherwise.</summary>
    private SegmentSources _loadedFrom;

    internal SegmentRegister Ldtr, Tr;
    internal TableRegister Gdtr, Idtr;

    internal ulong ControlRegister0, ControlRegister2, ControlRegister3, ControlRegister4, ExtendedFeatures, Xcr0 = 1;
    internal ulong[] DebugAddresses = new ulong[4];
    internal ulong DebugStatus = Dr6.Initial, DebugControl = Dr7.Initial;
    internal uint Pkru;

    /// <summary>The PDPTEs that MOV to CR3 loads under PAE paging.</summary>
    [Manual("3A", "4.4.1", "PDPTE Registers")]
    internal ulong[] PaePdptes = new ulong[4];

    /// <summary>The other MSRs.</summary>
    internal ModelSpecificRegisters Msrs;

    /// <summary>What RDRAND and RDSEED draw from.</summary>
    internal ulong RandomState;

    /// <summary>Makes processor <paramref name="index"/> of a computer, in its power-up state.</summary>
    internal Processor(Computer computer, int index, CpuModel model)
    {
        Computer = computer;
        Index = index;
        Model = model;
        Jumps = computer.Memory.Pool.Cache(index).Jumps;
        Msrs = new ModelSpecificRegisters(model);
        Apic = new LocalApic((uint)index, this, this, computer.ApicFabric, computer.ApicOptions, computer.Options.Faults);
        RandomState = computer.Options.Seed + (ulong)index;
        Registers.At<ulong>(Register.TwoTo29) = 1ul << 29;
        Reset.PowerUp(this);
    }

    /// <summary>
    /// The same processor in a fork of its computer: every field is copied, and what is not a value made anew here. What is shared never changes.
    /// </summary>
    internal Processor ForkInto(Computer computer)
    {
        var fork = (Processor)MemberwiseClone();
        ShareExtended();
        fork.Computer = computer;
        fork.Usable = Usable.None;
        fork._segments = _segments.AsSpan().ToArray();
        fork.DebugAddresses = DebugAddresses.AsSpan().ToArray();
        fork.PaePdptes = PaePdptes.AsSpan().ToArray();
        fork.Msrs = Msrs.Fork();
        fork.Vmx = Vmx.Fork();
        fork.Apic = new LocalApic(Apic, fork, fork, computer.ApicFabric);
        fork.ForgetHostPointers();
        fork.ForgetBlocks();
        return fork;
    }

    /// <summary>The computer the processor is part of.</summary>
    public Computer Computer { get; private set; }

    /// <summary>Its number, from 0; also its initial APIC ID.</summary>
    public int Index { get; }

    /// <summary>Which features it has.</summary>
    public CpuModel Model { get; }

    /// <summary>Its local APIC.</summary>
    public LocalApic Apic { get; private set; }

    /// <summary>VMX: what operation it is in, and the current VMCS.</summary>
    public VmxState Vmx { get; private set; } = new();

    /// <summary>Executing, halted, shut down or waiting for SIPI.</summary>
    public ActivityState Activity { get; internal set; }

    internal InterruptShadow Shadow;

    /// <summary>Whether an NMI is being handled: set by its delivery, cleared by IRET.</summary>
    [Manual("3A", "6.7.1", "Handling Multiple NMIs")]
    internal bool NmisBlocked;

    /// <summary>The running IRET has unblocked NMIs (virtual ones, if those are on): a VM exit due to its fault reports that.</summary>
    [Manual("3C", "28.2.3", "Information About NMI Unblocking Due to IRET")]
    internal bool IretUnblockedNmis;

    /// <summary>Whether an NMI waits. More than one pend as one.</summary>
    internal bool NmiPending;

    /// <summary>Whether MONITOR has armed the address-range monitor.</summary>
    internal bool MonitorArmed;

    internal bool InitPending, SmiPending;
    internal int SipiPending = -1;

    /// <summary>Debug traps of the instruction that completed last, in DR6's positions; delivered before the next instruction.</summary>
    internal ulong PendingDebugTraps;

    /// <summary>The event that is being delivered through the IDT, from its acceptance to its handler's first instruction.</summary>
    internal Event? Delivering => IsDelivering ? _delivering : null;

    /// <summary>Whether an event is being delivered.</summary>
    internal bool IsDelivering { get; private set; }

    private Event _delivering;

    internal StopReason StopReason;

    /// <summary>The event that an operation raised when it stopped with <see cref="StopReason.Event"/>.</summary>
    internal Event Raised;

    /// <summary>The VM exit that an operation caused when it stopped with <see cref="StopReason.VmExit"/>.</summary>
    internal VmExit Exit;

    internal string? UnsupportedWhat;

    /// <summary>What the guest needed that is not implemented, if that ended the run.</summary>
    public string? UnsupportedFeature => UnsupportedWhat;

    /// <summary>RIP of the next instruction.</summary>
    public ulong InstructionPointer
    {
        get => Rip;
        set => Rip = value;
    }

    /// <summary>CPL, 0-3.</summary>
    public int Cpl => CurrentPrivilegeLevel;

    /// <summary>Reads a general register, 0 (RAX) to 15 (R15), numbered as ModRM and REX encode them.</summary>
    public ulong this[int register]
    {
        get => Registers.At<ulong>(Register.Number(register));
        set => Registers.At<ulong>(Register.Number(register)) = value;
    }

    /// <summary>RFLAGS, whole.</summary>
    public ulong Rflags => Flags.Value | SystemFlags | Eflags.AlwaysOne;

    /// <summary>A segment register with its hidden part.</summary>
    public ref readonly SegmentRegister Segment(SegmentName name) => ref _segments[(int)name];

    /// <summary>Sets every defined bit of RFLAGS. The caller has checked what may change.</summary>
    internal void SetRflags(ulong value)
    {
        Flags.Value = (uint)value;
        SetSystemFlags((uint)value & Eflags.All & ~Eflags.Status);
    }

    /// <summary>Sets every bit of RFLAGS but the status flags, and derives anew only what the changed ones decide. Interrupts, steps and RF may need a look.</summary>
    internal void SetSystemFlags(uint value)
    {
        uint changed = SystemFlags ^ value;
        SystemFlags = value;
        if ((changed & (Eflags.VM | Eflags.AC)) != 0) ContextChanged();
        if ((changed & value & (Eflags.IF | Eflags.TF)) != 0) RequestAttention();
        else if ((changed & value & Eflags.RF) != 0) ResumeFlagSet();
    }

    /// <summary>Loads a segment register, hidden part and all, unchecked. Every change of one passes here.</summary>
    internal void SetSegment(SegmentName name, in SegmentRegister segment)
    {
        _loadedFrom[(int)name] = 0;
        ref SegmentRegister register = ref _segments[(int)name];
        bool same = register.HasHiddenPartOf(segment);
        register = segment;
        if (!same)
        {
            Registers.At<ulong>((byte)(Register.SegmentBases + 8 * (int)name)) = segment.Base;
            _limitedSegments = _limitedSegments & ~(1u << (int)name) | (IsFlat(name, segment) ? 0 : 1u) << (int)name;
        }

        if (name == SegmentName.Cs && (!same || CurrentPrivilegeLevel != ContextPrivilegeLevel)) ContextChanged();
        else if (!same) DataSegmentsChanged();
    }

    /// <summary>
    /// Loads a segment register from a code or data descriptor, whose accessed bit has been set. Most events and returns load CS and SS with what
    /// is there already; taking the descriptor apart to find that out would be a good part of their cost.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void LoadSegment(SegmentName name, Selector selector, in Descriptor descriptor)
    {
        bool same = _loadedFrom[(int)name] == descriptor.Low && _segments[(int)name].Selector == selector.Value;
        if (!same || name == SegmentName.Cs && CurrentPrivilegeLevel != ContextPrivilegeLevel) LoadSegment(name, selector, descriptor.Low);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LoadSegment(SegmentName name, Selector selector, ulong descriptor)
    {
        var source = new Descriptor(descriptor, 0, 0);
        SetSegment(name, source.ToRegister(selector));
        _loadedFrom[(int)name] = source.Marked;
    }

    /// <summary>A register of the width of <typeparamref name="T"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal T Get<T>(byte register) where T : unmanaged => Registers.At<T>(register);

    /// <summary>Sets a register; a 32-bit write clears the upper half (SDM 1 3.4.1.1, General-Purpose Registers in 64-Bit Mode).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Set<T>(byte register, T value) where T : unmanaged
    {
        if (typeof(T) == typeof(uint)) Registers.At<ulong>(register) = Unsafe.BitCast<T, uint>(value);
        else Registers.At<T>(register) = value;
    }

    /// <summary>An event is being delivered from now on.</summary>
    internal void BeginDelivery(Event e)
    {
        _delivering = e;
        IsDelivering = true;
    }

    /// <summary>No event is being delivered any more.</summary>
    internal void EndDelivery() => IsDelivering = false;

    /// <summary>Stops the operation with an exception that has no error code.</summary>
    internal Outcome Fault(ExceptionVector vector) => Raise(Event.Exception(vector));

    /// <summary>Stops the operation with an exception that has an error code.</summary>
    internal Outcome Fault(ExceptionVector vector, uint errorCode) => Raise(Event.Exception(vector, errorCode));

    /// <summary>Stops the operation with an event for the pipeline: a fault, or a software interrupt (whose return address is the next instruction).</summary>
    internal Outcome Raise(Event raised)
    {
        Raised = raised;
        StopReason = StopReason.Event;
        return Outcome.Stop;
    }

    /// <summary>As <see cref="Raise"/>, for functions that answer whether they succeeded: always false.</summary>
    internal bool Refuse(ExceptionVector vector, uint errorCode)
    {
        Fault(vector, errorCode);
        return false;
    }

    [InlineArray(6)]
    private struct SegmentSources
    {
        private ulong _first;
    }

    /// <summary>Stops the operation with one clear line that names what is not implemented. It ends the run.</summary>
    internal Outcome Unsupported(string what)
    {
        UnsupportedWhat = what;
        StopReason = StopReason.Unsupported;
        return Outcome.Stop;
    }
}
