using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using Vector20.Proving.Actions;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Tests.Worlds;

/// <summary>What the canonical form leaves out is dead: no action comes to another end because of it.</summary>
public class DeadStateTests
{
    private const ulong StatusFlags = 0x8D5, Garbage = 0xDEAD_BEEF_0000;
    private const int StackPointer = 4;

    [Theory, MemberData(nameof(WorldFixture.Apics), MemberType = typeof(WorldFixture))]
    [Manual("3A", "10.1.1", "Processor State After Reset")]
    public void After_every_action_worlds_are_equal_again_that_differed_in_what_is_left_out_alone(VirtualApicMode apic, bool x2Apic, int vcpus)
    {
        using var f = new WorldFixture(new WorldOptions { Apic = apic, X2Apic = x2Apic, Vcpus = vcpus });
        foreach (World world in (World[])[f.After(), f.After("vcpu0 int-20", "vcpu0 touch read page0"), f.After("vcpu0 cli", "vcpu0 interrupt 80", "vcpu0 nmi")])
        {
            using World other = world.Fork();
            ChangeWhatIsDead(other);
            Assert.Equal(f.Hash(world), f.Hash(other));
            foreach (WorldAction action in f.Classes)
            {
                if (!Performing.IsPossible(world, action)) continue;
                using World one = world.Fork(), two = other.Fork();
                ActionEnd end = Performing.Perform(one, action);
                Assert.Equal(end, Performing.Perform(two, action));
                Assert.True(end != ActionEnd.Quiet || f.Hash(one) == f.Hash(two), action.ToString());
            }
        }
    }

    [Fact]
    public void Control_what_is_not_left_out_does_matter()
    {
        using var f = new WorldFixture();
        World open = f.After(), closed = f.After("vcpu0 cli");
        Performing.Perform(open, WorldFixture.Action("vcpu0 interrupt 80"));
        Performing.Perform(closed, WorldFixture.Action("vcpu0 interrupt 80"));
        Assert.NotEqual(f.Hash(open), f.Hash(closed));
    }

    private static void ChangeWhatIsDead(World world)
    {
        foreach (Vcpu v in world.Vm.Vcpus)
        {
            Processor p = v.Processor;
            for (int i = 0; i < 16; i++)
                if (i != StackPointer) p[i] = Garbage + (uint)i;
            p.SetRflags(p.Rflags ^ StatusFlags);
            p.ControlRegister2 = Garbage;
            p.Apic.State.InterruptCommand = world.ApicOf(p.Index).State.InterruptCommand = 0x0300_0000_000C_4033;
            foreach (VmcsField field in VmcsFields.All)
                if (field.Type() == VmcsFieldType.ReadOnlyData) v.Vmcs[field] = 0x77;
        }

        byte[] stack = [.. Enumerable.Repeat((byte)0xCC, 0x1000)];
        for (ulong page = GuestLayout.Stacks; page < GuestLayout.PageTables; page += 0x1000) world.Computer.Memory.Write(new PhysicalAddress(page), stack);
    }
}
