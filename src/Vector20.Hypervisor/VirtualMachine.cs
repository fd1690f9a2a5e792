using Vector20.Hypervisor.Check;
using Vector20.Hypervisor.Exits;
using Vector20.Hypervisor.Mmu;
using Vector20.Hypervisor.Snapshots;
using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor;

/// <summary>
/// A VM over a whole computer: one vCPU a processor, the computer's RAM as its memory but for the top, which is the hypervisor's,
/// and the computer's devices.
/// </summary>
public sealed class VirtualMachine : IVmExitHandler
{
    private readonly Vcpu[] _vcpus;
    private Vcpu? _handling;
    private bool _started;

    /// <summary>Makes a VM that does not run yet.</summary>
    public VirtualMachine(Computer computer, HypervisorOptions options)
    {
        if ((options.Bugs & (HypervisorBugs.NestedVeInfoMissing | HypervisorBugs.ForwardVeToL1)) != 0)
            throw new ArgumentException("nested bugs need a nested hypervisor", nameof(options));
        Computer = computer;
        Options = options;
        GuestMemorySize = GuestMemoryOf(computer.Memory.Size);
        Pages = new HostPages(computer.Memory, GuestMemorySize, computer.Memory.Size);
        MsrBitmap = Pages.Take();
        Mmu = new ShadowMmu(computer.Memory, Pages, new Memslots(), new ShadowRules(options.AccessedDirty, options.Bugs), options.EptLevels, FlushTranslations)
        {
            LargestPage = options.LargestPage,
        };
        Digests = new TableDigests(Mmu.Rules);
        AddMemory();
        MsrBitmaps.Write(this);
        _vcpus = [.. computer.Processors.Select(p => new Vcpu(this, p))];
        Apic.VirtualApics.Connect(this);
    }

    /// <summary>The same VM on a fork of its computer.</summary>
    private VirtualMachine(VirtualMachine original, Computer fork)
    {
        Computer = fork;
        Options = original.Options;
        GuestMemorySize = original.GuestMemorySize;
        Pages = new HostPages(original.Pages, fork.Memory);
        MsrBitmap = original.MsrBitmap;
        Mmu = new ShadowMmu(original.Mmu, fork.Memory, Pages, FlushTranslations);
        Digests = original.Digests;
        State = original.State;
        Why = original.Why;
        Unhandled = original.Unhandled;
        DumpList = [.. original.DumpList];
        _started = original._started;
        _vcpus = new Vcpu[original._vcpus.Length];
        for (int i = 0; i < _vcpus.Length; i++) _vcpus[i] = new Vcpu(original._vcpus[i], this, fork.Processors[i]);
    }

    /// <summary>The machine it runs on.</summary>
    public Computer Computer { get; }

    /// <summary>How it is run.</summary>
    public HypervisorOptions Options { get; }

    /// <summary>Bytes of memory that the guest has.</summary>
    public ulong GuestMemorySize { get; }

    /// <summary>Its EPT.</summary>
    public ShadowMmu Mmu { get; }

    /// <summary>Its vCPUs.</summary>
    public IReadOnlyList<Vcpu> Vcpus => _vcpus;

    /// <summary>VM exits by reason.</summary>
    public ExitCounts Exits { get; } = new();

    /// <summary>What it is.</summary>
    public VmState State { get; private set; }

    /// <summary>Why it is not alive, in a line.</summary>
    public string? Why { get; private set; }

    /// <summary>What the hypervisor had no handler for: an exit reason, or a VM entry that failed.</summary>
    public string? Unhandled { get; private set; }

    /// <summary>What the #VE check has dumped.</summary>
    public IReadOnlyList<VeDump> Dumps => DumpList;

    /// <summary>Told of what the hypervisor does, as it does it.</summary>
    public Action<HypervisorStep>? Observer { get; set; }

    /// <summary>What connects the virtual APICs.</summary>
    internal ApicFabric Fabric { get; } = new();

    internal HostPages Pages { get; }

    internal PhysicalAddress MsrBitmap { get; }

    internal TableDigests Digests { get; }

    internal List<VeDump> DumpList { get; } = [];

    /// <summary>Bytes of memory that a guest has on a computer with so much RAM.</summary>
    public static ulong GuestMemoryOf(ulong computerMemory) => computerMemory - HostPages.ReservedOf(computerMemory);

    /// <summary>Makes guests of the processors as they are now; those that wait for SIPI wait for a virtual one.</summary>
    public void Start()
    {
        foreach (Vcpu v in _vcpus)
        {
            VcpuStart.Capture(v);
            Apic.Injection.BeforeEntry(v);
            v.Processor.Vmx.Handler = this;
            VmEntry.Request(v.Processor);
        }

        _started = true;
    }

    /// <summary>Runs the computer for some time, unless the VM is dead.</summary>
    /// <param name="instructions">The time, in instructions.</param>
    public VmRun Run(ulong instructions)
    {
        if (State != VmState.Alive) return new VmRun(State, true, Why);
        Computer.Run(instructions);
        return new VmRun(State, false, Why);
    }

    /// <summary>
    /// The same VM on a fork of its computer: from now on each goes its own way. Observers stay with the original, the count of
    /// exits begins anew, and devices' interrupts of a PC are not connected.
    /// </summary>
    public VirtualMachine Fork(Computer fork) => new(this, fork);

    /// <inheritdoc/>
    public void OnVmExit(Processor processor)
    {
        Vcpu v = _handling = _vcpus[processor.Index];
        ExitDispatch.Handle(v);
        if (State == VmState.Alive) Apic.Injection.BeforeEntry(v);
        _handling = null;
    }

    /// <inheritdoc/>
    public void OnVmFail(Processor processor, string rule) => EndUnhandled("VM entry", $"VM entry failed on its controls: {rule}");

    /// <summary>Ends the VM because the hypervisor has no answer to what happened.</summary>
    internal void EndUnhandled(string what, string why)
    {
        Unhandled = what;
        End(VmState.Failed, why);
    }

    /// <summary>Whether a page of memory is a slot's or the hypervisor's own.</summary>
    public bool Owns(PhysicalAddress page)
    {
        if (IsOwnPage(page)) return true;
        foreach (Memslot slot in Mmu.Slots.All)
            if (page.Value - slot.HostBase < slot.Size) return true;
        return false;
    }

    /// <summary>Whether a page is one that the hypervisor has taken for itself.</summary>
    public bool IsOwnPage(PhysicalAddress page) => Pages.Contains(page.Value);

    /// <summary>Ends the VM: no vCPU runs any more.</summary>
    internal void End(VmState state, string why)
    {
        State = state;
        Why = why;
        foreach (Vcpu v in _vcpus) v.Processor.Ended = true;
    }

    /// <summary>Tells the observer.</summary>
    internal void Note(Vcpu v, string action, string detail) => Observer?.Invoke(new HypervisorStep(v.Index, action, detail));

    /// <summary>Makes a vCPU leave the guest, so that it looks at its virtual APIC: an IPI of the host's own, which no observer of the guest's events sees.</summary>
    internal void Kick(Vcpu v)
    {
        if (v != _handling && _started) KickSelf(v);
    }

    /// <summary>As <see cref="Kick"/>, for the vCPU whose exit is being handled: it will leave the guest again as soon as it has entered it.</summary>
    internal void KickSelf(Vcpu v)
    {
        IEventObserver? observer = Computer.EventObserver;
        Computer.EventObserver = null;
        v.Processor.Apic.Receive(new ApicMessage(DeliveryMode.Fixed, KickVector));
        Computer.EventObserver = observer;
    }

    /// <summary>The vector of the IPI that makes a vCPU leave the guest.</summary>
    internal const byte KickVector = 0xFD;

    /// <summary>INVEPT on every processor.</summary>
    [Manual("3C", "29.4.3.1", "Operations that Invalidate Cached Mappings")]
    private void FlushTranslations()
    {
        foreach (Processor p in Computer.Processors) p.FlushTlb();
    }

    private void AddMemory()
    {
        ulong low = Math.Min(GuestMemorySize, PhysicalMemory.HoleStart);
        SlotChanges.Add(Mmu, new Memslot(0, 0, low, 0));
        if (GuestMemorySize > low) SlotChanges.Add(Mmu, new Memslot(1, PhysicalMemory.HoleEnd, GuestMemorySize - low, PhysicalMemory.HoleEnd));
    }
}
