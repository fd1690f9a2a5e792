using Vector20.Hypervisor;
using Vector20.Hypervisor.Mmu;
using Vector20.Hypervisor.Mmu.Operations;
using Vector20.Hypervisor.Snapshots;
using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Scheduling;
using Vector20.Machine.Snapshots;

namespace Vector20.Proving.Worlds;

/// <summary>A computer with the hypervisor and a guest that waits for something to do: what is forked, acted on, checked, and hashed.</summary>
internal sealed class World : IDisposable
{
    private const ulong MemorySize = 8 << 20, LowMemory = 2 << 20;
    private const ulong StartLimit = 20_000;
    private readonly World? _root;

    private World(Computer computer, VirtualMachine vm, WorldOptions options)
    {
        Computer = computer;
        Vm = vm;
        Options = options;
        Guest = null!;
    }

    private World(World original)
    {
        _root = original._root ?? original;
        Computer = original.Computer.Fork();
        Vm = original.Vm.Fork(Computer);
        Options = original.Options;
        Guest = original.Guest;
        Operation = original.Operation;
    }

    /// <summary>The computer.</summary>
    public Computer Computer { get; }

    /// <summary>The hypervisor's VM.</summary>
    public VirtualMachine Vm { get; }

    /// <summary>What does not change.</summary>
    public WorldOptions Options { get; }

    /// <summary>The guest.</summary>
    public WorldGuest Guest { get; private init; }

    /// <summary>An operation of the host's that has begun and not ended.</summary>
    public MmuProgress? Operation { get; set; }

    /// <summary>The guest's local APIC of a vCPU.</summary>
    public LocalApic ApicOf(int vcpu) => Vm.Vcpus[vcpu].Apic ?? Computer.Processors[vcpu].Apic;

    /// <summary>Makes a world in which every vCPU waits.</summary>
    public static World Make(WorldOptions options, FramePool pool)
    {
        var computer = new Computer(new ComputerOptions { MemorySize = MemorySize, Processors = options.Vcpus, Faults = options.HardwareFaults }, pool);
        WorldGuest guest = WorldGuest.Build(computer, options);
        var vm = new VirtualMachine(computer, new HypervisorOptions
        {
            VeCheck = options.VeCheck, Apic = options.Apic, Bugs = options.HypervisorBugs, AccessedDirty = options.AccessedDirty,
            EptLevels = options.EptLevels, LargestPage = options.LargestPage,
        });
        Divide(vm);
        for (uint page = 0; page < GuestLayout.Data + 0x1_0000; page += 0x1000) MapOnDemand.Handle(vm.Mmu, new GuestPhysicalAddress(page), write: true);
        MapOnDemand.Handle(vm.Mmu, new GuestPhysicalAddress(ApicBase.DefaultAddress), write: true);
        var world = new World(computer, vm, options) { Guest = guest };
        vm.Start();
        RunEnd end = world.Run(StartLimit);
        if (end != RunEnd.AllHalted || !computer.Processors.All(guest.IsIdle)) throw new InvalidOperationException($"the guest of a world ({options}) does not start: {end}, {vm.Why}");
        return world;
    }

    /// <summary>The world that this one descends from, in which nothing has been done yet.</summary>
    public World Origin => _root ?? this;

    /// <summary>The same world, to go its own way.</summary>
    public World Fork() => new(this);

    /// <summary>Lets all vCPUs run until each waits, or for some time.</summary>
    public RunEnd Run(ulong ticks) => Vm.State == VmState.Alive ? Computer.Run(ticks).End : RunEnd.HostEnded;

    /// <summary>Whether every vCPU waits for work: the only places at which runs to the end begin and end.</summary>
    public bool IsQuiet
    {
        get
        {
            foreach (Processor p in Computer.Processors)
                if (!Guest.IsIdle(p)) return false;
            return Operation is null;
        }
    }

    /// <summary>What distinguishes the world from others that will not do the same.</summary>
    public UInt128 Hash(Fingerprint fingerprint, List<ulong> scratch)
    {
        foreach (Processor p in Computer.Processors) CanonicalState.Add(fingerprint, p, Guest.IsIdle(p));
        CanonicalVm.Add(fingerprint, Vm, Operation);
        CanonicalState.Add(fingerprint, Computer.Memory, Origin.Computer.Memory, scratch, IsLive);
        return fingerprint.Finish();
    }

    /// <summary>What the EPT, the slots and the host's operation in progress are, whatever the vCPUs do.</summary>
    public UInt128 HypervisorHash(Fingerprint fingerprint)
    {
        CanonicalVm.AddMmu(fingerprint, Vm, Operation);
        return fingerprint.Finish();
    }

    /// <inheritdoc/>
    public void Dispose() => Computer.Dispose();

    /// <summary>The stacks of a vCPU that waits, for work or for a start-up IPI, are written before they are read.</summary>
    private bool IsLive(ulong page)
    {
        if (page is < GuestLayout.Stacks or >= GuestLayout.PageTables) return CanonicalVm.IsLive(Vm, page);
        int owner = (int)((page - GuestLayout.Stacks) / GuestLayout.StackStride);
        return owner < Computer.Processors.Count && !Guest.IsIdle(Computer.Processors[owner]) && !PendingEvents.WasReset(Vm.Vcpus[owner])
            && Computer.Processors[owner].Activity != ActivityState.WaitForSipi;
    }

    /// <summary>The guest's memory in slots: the lowest for the guest itself, one for what it and the host contend for, and one of a single page.</summary>
    private static void Divide(VirtualMachine vm)
    {
        SlotChanges.Delete(vm.Mmu, 0);
        SlotChanges.Add(vm.Mmu, new Memslot(0, 0, LowMemory, 0));
        SlotChanges.Add(vm.Mmu, TestPages.Contended(vm.Options.LargestPage));
        SlotChanges.Add(vm.Mmu, TestPages.Single);
    }
}
