using Vector20.Machine.Apic;
using Vector20.Machine.Events;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor;

/// <summary>A virtual CPU: one processor's guest, and what the hypervisor remembers about it between exits.</summary>
public sealed class Vcpu : IApicClient, IApicClock, IAssistedMemory
{
    internal Vcpu(VirtualMachine vm, Processor processor)
    {
        Vm = vm;
        Processor = processor;
    }

    /// <summary>The same vCPU in a fork of its VM, on the fork's processor.</summary>
    internal Vcpu(Vcpu original, VirtualMachine vm, Processor processor) : this(vm, processor)
    {
        Interrupted = original.Interrupted;
        Exception = original.Exception;
        NmiPending = original.NmiPending;
        InitPending = original.InitPending;
        StartUpVector = original.StartUpVector;
        WaitsForStartUp = original.WaitsForStartUp;
        Assisted = original.Assisted;
        FeatureControl = original.FeatureControl;
        TscAdjust = original.TscAdjust;
        if (original.Apic is { } apic) Apic = new LocalApic(apic, this, this, vm.Fabric);
        ApicPage = original.ApicPage?.Fork(vm.Computer.Memory);
        processor.Vmx.Handler = original.Processor.Vmx.Handler is null ? null : vm;
        if (original.Processor.Vmx.AssistedMemory is not null) processor.Vmx.AssistedMemory = this;
    }

    /// <summary>The VM it is part of.</summary>
    public VirtualMachine Vm { get; }

    /// <summary>The processor that runs it.</summary>
    public Processor Processor { get; }

    /// <summary>Its number.</summary>
    public int Index => Processor.Index;

    /// <summary>Its VMCS.</summary>
    public Vmcs Vmcs => Processor.Vmx.Vmcs;

    /// <summary>Its local APIC in software; null when it was handed the processor's own.</summary>
    public LocalApic? Apic { get; internal set; }

    /// <summary>An event that an exit interrupted, to be injected again before anything else.</summary>
    internal Event? Interrupted;

    /// <summary>An exception to inject.</summary>
    internal Event? Exception;

    /// <summary>A virtual NMI waits. More than one pend as one.</summary>
    internal bool NmiPending;

    /// <summary>A virtual INIT arrived.</summary>
    internal bool InitPending;

    /// <summary>The vector of a virtual start-up IPI, or -1.</summary>
    internal int StartUpVector = -1;

    /// <summary>Waits for a virtual start-up IPI: it is in the guest, halted, and nothing is injected.</summary>
    internal bool WaitsForStartUp;

    /// <summary>The instruction and the address of an assistance that nothing has come of yet: if it comes again so, it cannot be helped.</summary>
    internal (ulong Rip, ulong Guest)? Assisted;

    /// <summary>IA32_FEATURE_CONTROL and IA32_TSC_ADJUST as the guest sees them.</summary>
    internal ulong FeatureControl = 1, TscAdjust;

    /// <summary>What APIC virtualization shares with the processor; null without.</summary>
    internal Apic.VirtualApicPage? ApicPage;

    /// <summary>Devices and the virtual APIC, for an instruction that accesses them. A write to read-only memory is dropped.</summary>
    ulong IAssistedMemory.Read(ulong guestPhysical, int size)
    {
        Assisted = null;
        if (Apic is { } apic && apic.Decodes(guestPhysical)) return apic.Read((int)guestPhysical & 0xFFF, size);
        if (Vm.Mmu.Slots.Find(guestPhysical) is { } slot) return GuestMemory.Read(Vm, slot, guestPhysical, size);
        return Vm.Computer.Devices.ReadMemory(guestPhysical, size);
    }

    /// <inheritdoc/>
    void IAssistedMemory.Write(ulong guestPhysical, int size, ulong value)
    {
        Assisted = null;
        if (Apic is { } apic && apic.Decodes(guestPhysical)) apic.Write((int)guestPhysical & 0xFFF, size, value);
        else if (Vm.Mmu.Slots.Find(guestPhysical) is null) Vm.Computer.Devices.WriteMemory(guestPhysical, size, value);
    }

    /// <inheritdoc/>
    ulong IApicClock.Now => Vm.Computer.Now;

    /// <inheritdoc/>
    ulong IApicClock.TimeStampOffset => Processor.TimeStampOffset + Vmcs[VmcsField.TscOffset];

    /// <inheritdoc/>
    void IApicClock.DeadlineChanged()
    {
        if (Apic is { NextDeadline: not ulong.MaxValue }) Vm.Kick(this);
    }

    /// <inheritdoc/>
    IEventObserver? IApicClient.Observer => Vm.Computer.EventObserver;

    /// <inheritdoc/>
    void IApicClient.InterruptsChanged()
    {
        if (Apic is { } apic && (apic.HasDeliverableInterrupt || ApicPage?.HasNews(this) == true)) Vm.Kick(this);
    }

    /// <inheritdoc/>
    void IApicClient.Nmi()
    {
        NmiPending = true;
        Vm.Kick(this);
    }

    /// <summary>There is no system-management mode to enter.</summary>
    void IApicClient.Smi() => Vm.Note(this, "ignores SMI", "the guest has no system-management mode");

    /// <inheritdoc/>
    void IApicClient.Init()
    {
        InitPending = true;
        Vm.Kick(this);
    }

    /// <inheritdoc/>
    void IApicClient.StartUp(byte vector)
    {
        if (!WaitsForStartUp && !InitPending) return;
        StartUpVector = vector;
        Vm.Kick(this);
    }
}
