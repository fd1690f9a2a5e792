using Vector20.Hypervisor.Check;
using Vector20.Hypervisor.Mmu;
using Vector20.Machine;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Hypervisor.Tests.Check;

[Manual("3C", "26.5.7", "Virtualization Exceptions")]
public class VeCheckTests
{
    private const uint Page = GuestLayout.Data + 0x4000;

    [Fact]
    public void Kill_ends_the_vm_and_every_vcpu_with_it()
    {
        using VmFixture vm = Provoke(VeCheck.Kill);
        VmRun run = vm.Run();
        Assert.Equal(VmState.Killed, run.State);
        Assert.Contains($"0x{Page:x}", run.Why, StringComparison.Ordinal);
        Assert.Equal(new VmRun(VmState.Killed, true, run.Why), vm.Run());
        Assert.Equal(0u, vm.Data());
    }

    [Fact]
    public void Warn_dumps_once_resumes_and_leaves_the_area_busy_so_that_the_next_is_an_ordinary_exit()
    {
        using VmFixture vm = Provoke(VeCheck.Warn);
        Assert.Equal(VmState.Alive, vm.Run().State);
        Assert.Single(vm.Vm.Dumps);
        Assert.Equal(1, vm.Vm.Exits[ExitReason.ExceptionOrNmi]);
        Assert.Equal(2, vm.Vm.Exits[ExitReason.EptViolation]);
        Assert.Equal(uint.MaxValue, VeInformation.Read(vm.Computer.Memory, Area(vm))!.Busy);
        Assert.Equal(1u, vm.Data());
    }

    [Fact]
    public void Off_leaves_the_control_and_bit_20_clear()
    {
        using VmFixture vm = Provoke(VeCheck.Off);
        Assert.Equal(VmState.Alive, vm.Run().State);
        Vmcs vmcs = vm.Vm.Vcpus[0].Vmcs;
        Assert.Equal(0ul, vmcs[VmcsField.SecondaryProcessorBasedControls] & (ulong)SecondaryControls.EptViolationVe);
        Assert.Equal(0ul, vmcs[VmcsField.ExceptionBitmap] & 1 << 20);
        Assert.Empty(vm.Vm.Dumps);
    }

    [Fact]
    public void The_dump_holds_the_area_the_walk_and_the_whole_vmcs()
    {
        using VmFixture vm = Provoke(VeCheck.Kill);
        vm.Run();
        VeDump dump = Assert.Single(vm.Vm.Dumps);
        Assert.Equal(new VeInformation(48, uint.MaxValue, dump.Information!.Qualification, Page, Page, 0), dump.Information);
        Assert.Equal(0x181ul, dump.Information.Qualification & 0x187);
        Assert.Equal([4, 3, 2, 1], dump.Walk.Select(e => e.Level));
        Assert.Equal(new DumpedEntry(1, 0, ShadowEntryState.NonPresent), dump.Walk[^1]);
        Assert.Equal(VmcsFields.All.Count, dump.Vmcs.Count);
        Assert.Equal(0x8000_0314ul, Field(dump, VmcsField.VmExitInterruptionInformation));
        Assert.Equal(Area(vm).Value, Field(dump, VmcsField.VirtualizationExceptionInformationAddress));
        Assert.Equal("exit information", dump.Vmcs.Single(f => f.Name == nameof(VmcsField.ExitReason)).Group);
    }

    [Fact]
    public void Without_an_information_page_a_violation_tells_the_guests_own_first_page()
    {
        using VmFixture vm = Provoke(VeCheck.Kill, HypervisorBugs.VeInfoPageMissing);
        vm.Run();
        Assert.Equal(48u, vm.Computer.Memory.Read<uint>(default));
    }

    [Fact]
    public void The_exception_bitmap_is_KVMs_with_bit_20()
    {
        Assert.Equal(0x16_0042u, VmcsControls.ExceptionBitmap(new HypervisorOptions()));
        Assert.Equal(0x06_0042u, VmcsControls.ExceptionBitmap(new HypervisorOptions { VeCheck = VeCheck.Off }));
        Assert.Equal(0x06_0042u, VmcsControls.ExceptionBitmap(new HypervisorOptions { Bugs = HypervisorBugs.BitmapMissesVe }));
        Assert.Equal(0x10_0008u, VmcsControls.ExceptionBitmap(new HypervisorOptions { ExceptionBitmap = 8 }));
    }

    [Fact]
    public void Nested_bugs_are_refused() =>
        Assert.Throws<ArgumentException>(() => new VmFixture(_ => { }, options: new HypervisorOptions { Bugs = HypervisorBugs.ForwardVeToL1 }));

    [Fact]
    public void Two_vcpus_have_two_information_areas()
    {
        using var vm = new VmFixture(_ => { }, processors: 2);
        Assert.NotEqual(
            vm.Vm.Vcpus[0].Vmcs[VmcsField.VirtualizationExceptionInformationAddress], vm.Vm.Vcpus[1].Vmcs[VmcsField.VirtualizationExceptionInformationAddress]);
    }

    /// <summary>A guest that reads a page whose entry lacks bit 63, then another, and then says that it got there.</summary>
    private static VmFixture Provoke(VeCheck check, HypervisorBugs bugs = 0)
    {
        var vm = new VmFixture(
            a =>
            {
                a.mov(ebx, Page);
                a.mov(al, __[rbx]);
                a.mov(al, __[rbx + 0x1000]);
                a.mov(__dword_ptr[GuestLayout.Data], 1);
            },
            options: new HypervisorOptions { VeCheck = check, LargestPage = 1, Bugs = bugs });
        for (uint page = 0; page < GuestLayout.Data + 0x2000; page += 0x1000) MapOnDemand.Handle(vm.Vm.Mmu, new GuestPhysicalAddress(page), write: true);
        foreach (uint page in (uint[])[Page, Page + 0x1000]) vm.Vm.Mmu.Force(vm.Vm.Mmu.Find(new GuestPhysicalAddress(page)), 0);
        return vm;
    }

    private static PhysicalAddress Area(VmFixture vm) => new(vm.Vm.Vcpus[0].Vmcs[VmcsField.VirtualizationExceptionInformationAddress]);

    private static ulong Field(VeDump dump, VmcsField field) => dump.Vmcs.Single(f => f.Encoding == (uint)field).Value;
}
