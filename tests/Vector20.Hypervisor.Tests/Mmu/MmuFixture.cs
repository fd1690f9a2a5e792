using Vector20.Hypervisor;
using Vector20.Hypervisor.Mmu;
using Vector20.Machine.Memory;

namespace Vector20.Hypervisor.Tests.Mmu;

/// <summary>An EPT over 64 MiB of RAM: slot 0 is 0-16 MiB, slot 1 a read-only page at 4 GiB, the tables are above 32 MiB.</summary>
internal sealed class MmuFixture : IDisposable
{
    private readonly FramePool _pool = new();

    public MmuFixture(HypervisorBugs bugs = HypervisorBugs.None, bool accessedDirty = true, int pages = 512)
    {
        Memory = new PhysicalMemory(_pool, 64 << 20);
        var slots = new Memslots();
        Mmu = new ShadowMmu(Memory, new HostPages(Memory, 32 << 20, (32ul << 20) + (ulong)pages * 4096), slots, new ShadowRules(accessedDirty, bugs), 4, () => Flushes++);
        Mmu.Writing = write => Writes.Add(write);
        SlotChanges.Add(Mmu, new Memslot(0, 0, 16 << 20, 0));
        SlotChanges.Add(Mmu, new Memslot(1, 1ul << 32, 4096, 20 << 20, ReadOnly: true));
    }

    public PhysicalMemory Memory { get; }

    public ShadowMmu Mmu { get; }

    public List<EntryWrite> Writes { get; } = [];

    public int Flushes { get; private set; }

    public ulong Entry(ulong guest) => Mmu.Read(Mmu.Find(new GuestPhysicalAddress(guest)));

    public ShadowEntryState State(ulong guest) => Mmu.StateOf(Mmu.Find(new GuestPhysicalAddress(guest)));

    public FaultResult Touch(ulong guest, bool write = false) => MapOnDemand.Handle(Mmu, new GuestPhysicalAddress(guest), write);

    public void Dispose()
    {
        Memory.Dispose();
        _pool.Dispose();
    }
}
