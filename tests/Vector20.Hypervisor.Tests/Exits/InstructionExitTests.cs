using Iced.Intel;
using Vector20.Machine;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Hypervisor.Tests.Exits;

public class InstructionExitTests
{
    [Fact]
    public void Cpuid_hides_VMX_and_MONITOR_and_says_that_there_is_a_hypervisor()
    {
        using var vm = new VmFixture(a =>
        {
            a.mov(eax, 1);
            a.cpuid();
            Store(a, ecx);
        });
        Assert.Equal(VmState.Alive, vm.Run().State);
        Assert.Equal(1u << 31, vm.Data() & (1u << 31 | 1u << 5 | 1u << 3));
    }

    [Fact]
    public void The_hypervisor_leaf_has_a_signature()
    {
        using var vm = new VmFixture(a =>
        {
            a.mov(eax, 0x4000_0000);
            a.cpuid();
            Store(a, ebx);
        });
        vm.Run();
        Assert.Equal("Vect", System.Text.Encoding.ASCII.GetString(BitConverter.GetBytes(vm.Data())));
    }

    [Fact]
    public void An_unknown_hypercall_is_refused_as_KVM_refuses_it()
    {
        using var vm = new VmFixture(a =>
        {
            a.mov(eax, 1);
            a.vmcall();
            Store(a, eax);
        });
        vm.Run();
        Assert.Equal(unchecked((uint)-1000), vm.Data());
    }

    [Theory]
    [InlineData(0x12345678u)]
    [InlineData(0x480u)]
    public void An_msr_that_the_guest_does_not_have_is_general_protection(uint msr)
    {
        using var vm = new VmFixture(a =>
        {
            a.mov(ecx, msr);
            a.rdmsr();
        });
        vm.Run();
        Assert.Equal([13], vm.Handled);
    }

    [Fact]
    [Manual("3C", "27.2.1.3", "VM-Entry Control Fields")]
    public void In_real_mode_the_same_fault_is_injected_without_an_error_code()
    {
        using var vm = new VmFixture(
            a =>
            {
                a.mov(ecx, 0x12345678);
                a.rdmsr();
            },
            GuestMode.Real);
        Assert.Equal(VmState.Alive, vm.Run().State);
        Assert.Equal([13], vm.Handled);
    }

    [Fact]
    public void Vmxon_is_an_invalid_opcode_for_the_guest()
    {
        using var vm = new VmFixture(a => a.vmxon(__qword_ptr[GuestLayout.Data]));
        vm.Run();
        Assert.Equal([6], vm.Handled);
    }

    [Fact]
    public void Setting_CR4_VMXE_is_general_protection()
    {
        using var vm = new VmFixture(a =>
        {
            a.mov(rax, cr4);
            a.or(eax, 1 << 13);
            a.mov(cr4, rax);
        });
        vm.Run();
        Assert.Equal([13], vm.Handled);
    }

    [Fact]
    public void The_guest_reads_CR0_as_it_wrote_it_although_NE_is_always_1()
    {
        using var vm = new VmFixture(a =>
        {
            a.mov(rax, cr0);
            a.and(eax, ~(1 << 5));
            a.mov(cr0, rax);
            a.mov(rax, cr0);
            Store(a, eax);
        });
        vm.Run();
        Assert.Equal(0u, vm.Data() & 1 << 5);
        Assert.NotEqual(0ul, vm.Vm.Vcpus[0].Vmcs[VmcsField.GuestCr0] & 1 << 5);
    }

    [Fact]
    public void CR8_is_the_virtual_APICs_task_priority()
    {
        using var vm = new VmFixture(a =>
        {
            a.mov(eax, 9);
            a.mov(cr8, rax);
            a.xor(eax, eax);
            a.mov(rax, cr8);
            Store(a, eax);
        });
        vm.Run();
        Assert.Equal(9u, vm.Data());
        Assert.Equal(0x90, vm.Vm.Vcpus[0].Apic!.TaskPriority);
    }

    [Fact]
    public void Writing_the_time_stamp_counter_moves_it()
    {
        using var vm = new VmFixture(a =>
        {
            a.mov(ecx, 0x10);
            a.xor(eax, eax);
            a.mov(edx, 0x1234);
            a.wrmsr();
            a.rdtsc();
            Store(a, edx);
        });
        vm.Run();
        Assert.Equal(0x1234u, vm.Data());
    }

    [Fact]
    [Manual("2D", "6.1", "XSETBV - Set Extended Control Register")]
    public void Xsetbv_without_x87_state_is_general_protection()
    {
        using var vm = new VmFixture(a =>
        {
            a.mov(rax, cr4);
            a.or(eax, 1 << 18);
            a.mov(cr4, rax);
            a.xor(ecx, ecx);
            a.xor(eax, eax);
            a.xor(edx, edx);
            a.xsetbv();
        });
        vm.Run();
        Assert.Equal([13], vm.Handled);
    }

    [Fact]
    [Manual("3C", "26.4.2", "Treatment of Task Switches")]
    public void A_task_switch_exits_and_is_then_done()
    {
        const ushort Task = GuestLayout.FreeSelector;
        const uint Tss = GuestLayout.Data + 0x100;
        using var vm = new VmFixture(
            a => a.db(0xEA, 0, 0, 0, 0, unchecked((byte)Task), Task >> 8),
            GuestMode.Protected,
            shape: builder => builder.Descriptor(Task, 0x0000_8900_0000_0067 | (ulong)Tss << 16)
                .Bytes(Tss, TaskState(GuestLayout.Code + 0x1000)).Bytes(GuestLayout.Code + 0x1000, 0xCD, 0x30));
        vm.Run();
        Assert.Equal(1, vm.Vm.Exits[ExitReason.TaskSwitch]);
        Assert.Equal([0x30], vm.Handled);
    }

    [Fact]
    public void A_triple_fault_shuts_the_vm_down_and_later_runs_are_refused()
    {
        using var vm = new VmFixture(a =>
        {
            a.lidt(__[GuestLayout.Data]);
            a.ud2();
        });
        Assert.Equal(VmState.ShutDown, vm.Run().State);
        Assert.True(vm.Run().Refused);
    }

    private static void Store(Assembler a, AssemblerRegister32 register) => a.mov(__dword_ptr[GuestLayout.Data], register);

    /// <summary>A 32-bit TSS: EIP, flags, a stack, flat segments.</summary>
    private static byte[] TaskState(uint eip)
    {
        var tss = new byte[0x68];
        void Put(int offset, uint value) => BitConverter.TryWriteBytes(tss.AsSpan(offset), value);
        Put(0x20, eip);
        Put(0x24, 2);
        Put(0x38, GuestLayout.StartStack(0));
        Put(0x4C, GuestLayout.KernelCode);
        foreach (int segment in (int[])[0x48, 0x50, 0x54]) Put(segment, GuestLayout.KernelData);
        return tss;
    }
}
