using Vector20.Hypervisor;
using Vector20.Hypervisor.Mmu;
using Vector20.Hypervisor.Mmu.Operations;
using Vector20.Machine.Apic;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using Vector20.Proving.Actions;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Tests.Worlds;

/// <summary>Equal hashes: the two worlds will do the same. Whatever makes a difference to what they will do makes one to the hash.</summary>
public class CanonicalHashTests
{
    private static readonly MmuProgress s_begun = MmuProgress.Of(HostOperations.All[0].Operation);

    /// <summary>Changes of one thing each, to a world that waits.</summary>
    private static readonly (string What, Action<World> Change)[] s_changes =
    [
        ("a bit of an EPT entry", w => Flip(w, EptBits.Dirty)),
        ("bit 63 of an EPT entry", w => Flip(w, EptBits.SuppressVe)),
        ("a requested vector", w => Requested(w, 0x50)),
        ("another requested vector", w => Requested(w, 0x51)),
        ("a vector in service", w => InService(w, 0x50)),
        ("the interrupt flag", w => P(w).SetSystemFlags(P(w).SystemFlags ^ Eflags.IF)),
        ("a slot more", w => w.Vm.Mmu.Slots.Set(new Memslot(7, 0x1_0000_0000, 0x1000, 0))),
        ("a slot less", w => w.Vm.Mmu.Slots.Remove(TestPages.Single.Id)),
        ("a read-only slot", w => w.Vm.Mmu.Slots.Set(TestPages.Single with { ReadOnly = true })),
        ("a bit of the exception bitmap", w => P(w).Vmx.Vmcs[VmcsField.ExceptionBitmap] ^= 1 << 13),
        ("a word of memory", w => w.Computer.Memory.Write(new PhysicalAddress(GuestLayout.Data + 0x40), 1u)),
        ("another word of memory", w => w.Computer.Memory.Write(new PhysicalAddress(GuestLayout.Data + 0x44), 1u)),
        ("blocking by NMI", w => P(w).NmisBlocked = true),
        ("a pending NMI", w => w.Vm.Vcpus[0].NmiPending = true),
        ("an exception to inject", w => w.Vm.Vcpus[0].Exception = Event.Exception(ExceptionVector.InvalidOpcode)),
        ("an interrupted event", w => w.Vm.Vcpus[0].Interrupted = Event.Exception(ExceptionVector.InvalidOpcode)),
        ("CR3", w => P(w).ControlRegister3 += 0x1000),
        ("the interrupt table's limit", w => P(w).Idtr = P(w).Idtr with { Limit = 15 }),
        ("a data segment", w => P(w).SetSegment(SegmentName.Ds, default)),
        ("an operation begun", w => w.Operation = s_begun),
        ("an operation further on", w => w.Operation = s_begun with { Cursor = 0x1000 }),
        ("an operation's next pass", w => w.Operation = s_begun with { Pass = 1 }),
        ("another operation begun", w => w.Operation = MmuProgress.Of(HostOperations.All[1].Operation)),
        ("faults that wait", w => w.Vm.Mmu.FaultsWait = true),
    ];

    [Theory, MemberData(nameof(WorldFixture.Apics), MemberType = typeof(WorldFixture))]
    public void Worlds_that_differ_in_one_thing_have_different_hashes(VirtualApicMode apic, bool x2Apic, int vcpus)
    {
        using var f = new WorldFixture(new WorldOptions { Apic = apic, X2Apic = x2Apic, Vcpus = vcpus });
        var seen = new Dictionary<UInt128, string> { [f.Hash(f.World)] = "nothing" };
        foreach ((string what, Action<World> change) in s_changes)
        {
            World changed = f.After();
            change(changed);
            Assert.True(seen.TryAdd(f.Hash(changed), what), $"{what} is not told from {seen.GetValueOrDefault(f.Hash(changed))}");
        }
    }

    [Fact]
    public void An_MMIO_entry_that_is_stale_is_told_from_one_that_is_not()
    {
        using var f = new WorldFixture();
        World world = f.After("host delete-slot", "vcpu0 touch read page0"), stale = f.After("host delete-slot", "vcpu0 touch read page0");
        Assert.Equal(ShadowEntryState.Mmio, world.Vm.Mmu.StateOf(world.Vm.Mmu.Find(new GuestPhysicalAddress(TestPages.Base))));
        stale.Vm.Mmu.Slots.Set(TestPages.Single);
        Assert.NotEqual(f.Hash(world), f.Hash(stale));
    }

    [Fact]
    public void Two_vcpus_are_told_apart()
    {
        using var f = new WorldFixture(new WorldOptions { Vcpus = 2 });
        Assert.NotEqual(f.Hash(f.After("vcpu0 cli")), f.Hash(f.After("vcpu1 cli")));
    }

    [Fact]
    public void Each_place_in_an_operation_is_a_state_of_its_own()
    {
        using var f = new WorldFixture();
        World world = f.After("vcpu0 touch read page0", "host start-dirty-log");
        var seen = new HashSet<UInt128> { f.Hash(world) };
        Interleaving.Apply(world, WorldFixture.Action("host stop-dirty-log"), StepSize.Visible);
        do
        {
            Assert.True(seen.Add(f.Hash(world)), world.Operation.ToString());
            Interleaving.Apply(world, WorldFixture.Action("host step"), StepSize.Visible);
        }
        while (world.Operation is not null);
        Assert.True(seen.Count >= 4);
    }

    [Fact]
    public void Tables_taken_in_another_order_make_no_difference()
    {
        using var f = new WorldFixture();
        World one = f.After("vcpu0 touch read page0", "vcpu0 touch read page2"), other = f.After("vcpu0 touch read page2", "vcpu0 touch read page0");
        Assert.NotEqual(Places(one), Places(other));
        Assert.Equal(f.Hash(one), f.Hash(other));
    }

    [Fact]
    public void How_often_slots_have_changed_makes_no_difference()
    {
        using var f = new WorldFixture();
        World one = f.After("host zap-all", "vcpu0 touch read page0"), other = f.After("host delete-slot", "host add-slot", "host zap-all", "vcpu0 touch read page0");
        Assert.NotEqual(one.Vm.Mmu.Slots.Generation, other.Vm.Mmu.Slots.Generation);
        Assert.Equal(f.Hash(one), f.Hash(other));
    }

    [Fact]
    public void The_clock_and_the_count_of_exits_make_no_difference()
    {
        using var f = new WorldFixture();
        World once = f.After("vcpu0 cpuid"), often = f.After("vcpu0 cpuid", "vcpu0 cpuid", "vcpu0 cpuid");
        Assert.NotEqual(once.Computer.Now, often.Computer.Now);
        Assert.NotEqual(once.Vm.Exits[ExitReason.Cpuid], often.Vm.Exits[ExitReason.Cpuid]);
        Assert.Equal(f.Hash(once), f.Hash(often));
    }

    [Fact]
    public void A_move_there_and_back_is_none()
    {
        using var f = new WorldFixture();
        Assert.Equal(f.Hash(f.After("host zap-all")), f.Hash(f.After("host move-slot", "host move-slot-back", "host zap-all")));
        Assert.NotEqual(f.Hash(f.After("host zap-all")), f.Hash(f.After("host move-slot", "host zap-all")));
    }

    private static Processor P(World world) => world.Computer.Processors[0];

    private static void Flip(World world, ulong bit)
    {
        EntryLocation at = world.Vm.Mmu.Find(new GuestPhysicalAddress(0x1000));
        world.Vm.Mmu.Force(at, world.Vm.Mmu.Read(at) ^ bit);
    }

    /// <summary>Where APIC virtualization keeps the registers while the guest runs they are changed there.</summary>
    private static void Requested(World world, int vector)
    {
        if (InPage(world, ApicRegister.InterruptRequest, vector) is { } at) world.Computer.Memory.Write(at, 1u << (vector & 31));
        else world.ApicOf(0).State.Requested.Set((byte)vector, true);
    }

    private static void InService(World world, int vector)
    {
        if (InPage(world, ApicRegister.InService, vector) is { } at) world.Computer.Memory.Write(at, 1u << (vector & 31));
        else world.ApicOf(0).State.InService.Set((byte)vector, true);
    }

    private static PhysicalAddress? InPage(World world, ApicRegister first, int vector) =>
        world.Vm.Vcpus[0].ApicPage is null ? null : new PhysicalAddress(P(world).Vmx.Vmcs[VmcsField.VirtualApicAddress] + (uint)first + (uint)(vector / 32) * 16);

    private static string Places(World world) => string.Join(", ", world.Vm.Mmu.Tables.OrderBy(t => (t.Value.Level, t.Value.Base)).Select(t => t.Key));
}
