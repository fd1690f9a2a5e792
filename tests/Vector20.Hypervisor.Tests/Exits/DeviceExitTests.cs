using Vector20.Hypervisor.Mmu;
using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Platform;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Hypervisor.Tests.Exits;

public class DeviceExitTests
{
    private const ushort Port = 0x500;
    private const uint Page = 0xD000_0000;

    [Fact]
    public void Out_reaches_the_device_and_in_brings_its_answer()
    {
        var device = new RecordingDevice { Answer = 0x5A };
        using var vm = new VmFixture(
            a =>
            {
                a.mov(edx, Port);
                a.mov(eax, 0x1122_3344);
                a.@out(dx, ax);
                a.@in(al, dx);
                a.mov(__dword_ptr[GuestLayout.Data], eax);
            },
            devices: c => c.Devices.AddPorts(Port, 4, device));
        vm.Run();
        Assert.Equal([(Port, 2, 0x3344ul)], device.Written);
        Assert.Equal(0x1122_335Au, vm.Data());
        Assert.Equal(2, vm.Vm.Exits[ExitReason.IoInstruction]);
    }

    [Fact]
    public void Outs_with_rep_reaches_the_device_item_by_item()
    {
        var device = new RecordingDevice();
        using var vm = new VmFixture(
            a =>
            {
                a.mov(edx, Port);
                a.mov(esi, GuestLayout.Data);
                a.mov(ecx, 3);
                a.rep.outsb();
            },
            shape: b => b.Bytes(GuestLayout.Data, 1, 2, 3),
            devices: c => c.Devices.AddPorts(Port, 1, device));
        vm.Run();
        Assert.Equal([1ul, 2, 3], device.Written.Select(w => w.Value));
    }

    [Fact]
    public void Mmio_is_an_EPT_violation_once_and_a_misconfiguration_from_then_on()
    {
        var device = new RecordingDevice { Answer = 0xABCD };
        using var vm = new VmFixture(
            a =>
            {
                a.mov(ebx, Page);
                a.mov(__dword_ptr[rbx + 8], 77);
                a.mov(eax, __dword_ptr[rbx]);
                a.add(__dword_ptr[rbx + 4], eax);
                a.mov(__dword_ptr[GuestLayout.Data], eax);
            },
            devices: c => c.Devices.AddMemory(Page, 0x1000, device));
        vm.Run();
        Assert.Equal([(8ul, 4, 77ul), (4ul, 4, 0xABCDul * 2)], device.Written);
        Assert.Equal(0xABCDu, vm.Data());
        Assert.Equal(2, vm.Vm.Exits[ExitReason.EptMisconfiguration]);
    }

    [Fact]
    public void A_write_to_read_only_memory_is_dropped()
    {
        using var vm = new VmFixture(a =>
        {
            a.mov(ebx, 0x10_0000);
            a.mov(__dword_ptr[rbx], 5);
            a.mov(eax, __dword_ptr[rbx]);
            a.mov(__dword_ptr[GuestLayout.Data], eax);
        });
        Memslot whole = vm.Vm.Mmu.Slots.All[0];
        SlotChanges.Delete(vm.Vm.Mmu, whole.Id);
        SlotChanges.Add(vm.Vm.Mmu, new Memslot(5, 0, 0x10_0000, 0));
        SlotChanges.Add(vm.Vm.Mmu, new Memslot(6, 0x10_0000, 0x1000, 0x10_0000, ReadOnly: true));
        vm.Computer.Memory.Write(new PhysicalAddress(0x10_0000), 99u);
        vm.Run();
        Assert.Equal(99u, vm.Data());
    }

    [Theory]
    [InlineData(VirtualApicMode.Bare)]
    [InlineData(VirtualApicMode.Emulated)]
    [InlineData(VirtualApicMode.Apicv)]
    [Manual("3C", "30.1", "Virtual APIC State")]
    public void A_device_interrupts_the_guest_through_the_IO_APIC_and_its_EOI_comes_back(VirtualApicMode mode)
    {
        using var vm = new VmFixture(
            a =>
            {
                a.sti();
                a.hlt();
                a.mov(ebx, 0xFEE0_00B0);
                a.mov(__dword_ptr[rbx], 0);
                a.cli();
            },
            options: new HypervisorOptions { Apic = mode },
            shape: b => b.Handler(0x41, HandlerEnd.Return),
            devices: c => StandardPc.AddTo(c));
        if (mode == VirtualApicMode.Bare) vm.Processor.Apic.Write((int)ApicRegister.SpuriousInterruptVector, 4, 0x1FF);
        IoApic ioApic = vm.Computer.Pc!.IoApic;
        ioApic.WriteMemory(0, 4, 0x10 + 2 * 9);
        ioApic.WriteMemory(0x10, 4, 0x8041);
        vm.Run(2000);
        ioApic.SetInput(9, true);
        Assert.True(ioApic.Entry(9).InService);
        ioApic.SetInput(9, false);
        vm.Run();
        Assert.Equal([0x41], vm.Handled);
        Assert.False(ioApic.Entry(9).InService);
        Assert.Equal(mode == VirtualApicMode.Apicv ? 1 : 0, vm.Vm.Exits[ExitReason.VirtualizedEoi]);
    }

    [Theory]
    [InlineData(VirtualApicMode.Emulated)]
    [InlineData(VirtualApicMode.Apicv)]
    public void The_virtual_timer_wakes_a_halted_guest(VirtualApicMode mode)
    {
        using var vm = new VmFixture(
            a =>
            {
                a.mov(ebx, 0xFEE0_0320);
                a.mov(__dword_ptr[rbx], 0x50);
                a.mov(ebx, 0xFEE0_0380);
                a.mov(__dword_ptr[rbx], 100);
                a.sti();
                a.hlt();
            },
            options: new HypervisorOptions { Apic = mode });
        vm.Run(1000);
        Assert.Empty(vm.Handled);
        vm.Run(50_000);
        Assert.Equal([0x50], vm.Handled);
        Assert.Equal(1, vm.Vm.Exits[ExitReason.VmxPreemptionTimerExpired]);
    }

    [Fact]
    public void An_interrupt_that_must_wait_is_injected_when_its_window_opens()
    {
        using var vm = new VmFixture(a =>
        {
            a.mov(ebx, 0xFEE0_0300);
            a.mov(__dword_ptr[rbx], 0x4_4033);
            a.nop();
            a.mov(__dword_ptr[GuestLayout.Data], 1);
            a.sti();
            a.nop();
            a.mov(__dword_ptr[GuestLayout.Data], 2);
        });
        vm.Run();
        Assert.Equal([0x33], vm.Handled);
        Assert.Equal(1u, vm.Data());
        Assert.Equal(1, vm.Vm.Exits[ExitReason.InterruptWindow]);
    }

    [Theory]
    [InlineData(VirtualApicMode.Bare)]
    [InlineData(VirtualApicMode.Emulated)]
    [InlineData(VirtualApicMode.Apicv)]
    [Manual("3C", "30.1.5", "Self-IPI Virtualization")]
    public void The_command_of_a_self_IPI_that_made_no_exit_is_still_there_after_the_next(VirtualApicMode mode)
    {
        using var vm = new VmFixture(
            a =>
            {
                a.mov(esi, 0xFEE0_0300);
                a.mov(__dword_ptr[rsi], 0x4_4033);
                a.cpuid();
                a.mov(eax, __dword_ptr[rsi]);
                a.mov(__dword_ptr[GuestLayout.Data], eax);
            },
            options: new HypervisorOptions { Apic = mode });
        vm.Run();
        Assert.Equal(0x4_4033u, vm.Data());
        if (mode == VirtualApicMode.Apicv) Assert.Equal(0, vm.Vm.Exits[ExitReason.ApicWrite]);
    }

    [Theory]
    [InlineData(VirtualApicMode.Bare)]
    [InlineData(VirtualApicMode.Emulated)]
    [InlineData(VirtualApicMode.Apicv)]
    [Manual("3A", "11.8.4", "Interrupt Acceptance for Fixed Interrupts")]
    public void An_interrupt_whose_vector_is_in_service_waits_for_the_EOI_and_comes_again(VirtualApicMode mode)
    {
        const byte Vector = 0x41;
        using var vm = new VmFixture(
            a =>
            {
                a.sti();
                a.mov(ebx, 0xFEE0_00B0);
                a.hlt();
                a.mov(__dword_ptr[rbx], 0);
                a.nop();
                a.mov(__dword_ptr[rbx], 0);
                a.cli();
            },
            options: new HypervisorOptions { Apic = mode },
            shape: b => b.Handler(Vector, HandlerEnd.Return));
        if (mode == VirtualApicMode.Bare) vm.Processor.Apic.Write((int)ApicRegister.SpuriousInterruptVector, 4, 0x1FF);
        vm.Run();
        LocalApic apic = vm.Vm.Vcpus[0].Apic ?? vm.Processor.Apic;
        foreach (ulong instructions in (ulong[])[3, 1000])
        {
            apic.Receive(new ApicMessage(DeliveryMode.Fixed, Vector));
            vm.Run(instructions);
        }

        Assert.Equal([Vector, Vector], vm.Handled);
    }

    [Theory]
    [InlineData(VirtualApicMode.Bare)]
    [InlineData(VirtualApicMode.Emulated)]
    [InlineData(VirtualApicMode.Apicv)]
    [Manual("3A", "9.4.4.2", "Typical AP Initialization Sequence")]
    public void A_second_processor_is_started_by_INIT_and_SIPI(VirtualApicMode mode)
    {
        using var vm = new VmFixture(
            a =>
            {
                a.mov(ebx, 0xFEE0_0310);
                a.mov(__dword_ptr[rbx], 1 << 24);
                a.mov(ebx, 0xFEE0_0300);
                a.mov(__dword_ptr[rbx], 0x4500);
                a.mov(__dword_ptr[rbx], 0x4670);
                Iced.Intel.Label wait = a.CreateLabel();
                a.Label(ref wait);
                a.pause();
                a.cmp(__dword_ptr[GuestLayout.Data], 0);
                a.je(wait);
            },
            options: new HypervisorOptions { Apic = mode },
            processors: 2,
            // mov ax, 5000h; mov ds, ax; mov word [0], 1234h; hlt
            shape: b => b.Bytes(0x7_0000, 0xB8, 0x00, 0x50, 0x8E, 0xD8, 0xC7, 0x06, 0x00, 0x00, 0x34, 0x12, 0xF4));
        vm.Run(100_000);
        Assert.Equal(0x1234u, vm.Data());
        Assert.Equal(ActivityState.Hlt, vm.Computer.Processors[1].Activity);
    }

    /// <summary>A turn may end between the VM entry and the instruction.</summary>
    [Theory]
    [InlineData(VirtualApicMode.Bare)]
    [InlineData(VirtualApicMode.Emulated)]
    [InlineData(VirtualApicMode.Apicv)]
    public void Mmio_is_served_whenever_the_other_processor_gets_its_turn(VirtualApicMode mode)
    {
        var device = new RecordingDevice { Answer = 1 };
        using var vm = new VmFixture(
            a =>
            {
                a.mov(ebx, 0xFEE0_0310);
                a.mov(__dword_ptr[rbx], 1 << 24);
                a.mov(ebx, 0xFEE0_0300);
                a.mov(__dword_ptr[rbx], 0x4500);
                a.mov(__dword_ptr[rbx], 0x4670);
                ReadOften(a);
            },
            options: new HypervisorOptions { Apic = mode },
            processors: 2,
            // jmp $
            shape: b => b.Bytes(0x7_0000, 0xEB, 0xFE),
            devices: c => c.Devices.AddMemory(Page, 0x1000, device));
        VmRun run = vm.Run(1_000_000);
        Assert.Equal(ActivityState.Active, vm.Computer.Processors[1].Activity);
        Assert.Equal((VmState.Alive, (uint)Reads), (run.State, vm.Data()));
    }

    /// <summary>An interrupt that the guest gets without an exit may come between the VM entry and the instruction, which then exits once more.</summary>
    [Theory]
    [InlineData(VirtualApicMode.Bare)]
    [InlineData(VirtualApicMode.Emulated)]
    [InlineData(VirtualApicMode.Apicv)]
    public void Mmio_is_served_whenever_an_interrupt_comes(VirtualApicMode mode)
    {
        var device = new RecordingDevice { Answer = 1 };
        using var vm = new VmFixture(
            a =>
            {
                a.mov(ebx, 0xFEE0_00F0);
                a.mov(__dword_ptr[rbx], 0x1FF);
                a.mov(ebx, 0xFEE0_0320);
                a.mov(__dword_ptr[rbx], 0x2_0040);
                a.mov(ebx, 0xFEE0_03E0);
                a.mov(__dword_ptr[rbx], 0xB);
                a.mov(ebx, 0xFEE0_0380);
                a.mov(__dword_ptr[rbx], 1);
                a.sti();
                ReadOften(a);
                a.cli();
            },
            options: new HypervisorOptions { Apic = mode },
            shape: b => b.OwnHandler(0x40, a =>
            {
                a.@lock.inc(__dword_ptr[GuestLayout.Data + 4]);
                a.push(rbx);
                a.mov(ebx, 0xFEE0_00B0);
                a.mov(__dword_ptr[rbx], 0);
                a.pop(rbx);
                a.iretq();
            }),
            devices: c => c.Devices.AddMemory(Page, 0x1000, device));
        VmRun run = vm.Run(1_000_000);
        Assert.Equal((VmState.Alive, (uint)Reads), (run.State, vm.Data()));
        Assert.InRange(vm.Data(4), 50u, uint.MaxValue);
    }

    [Theory]
    [InlineData(VirtualApicMode.Emulated)]
    [InlineData(VirtualApicMode.Apicv)]
    [Manual("3A", "10.1.1", "Processor State After Reset")]
    public void A_virtual_INIT_resets_CR2_and_the_debug_registers_too(VirtualApicMode mode)
    {
        using var vm = new VmFixture(
            a =>
            {
                a.mov(eax, 0x1234);
                a.mov(cr2, rax);
                a.mov(dr0, rax);
                a.mov(ebx, 0xFEE0_0300);
                a.mov(__dword_ptr[rbx], 0xC4500);
            },
            options: new HypervisorOptions { Apic = mode }, processors: 2);
        Processor other = vm.Computer.Processors[1];
        other.ControlRegister2 = other.DebugAddresses[0] = 0x1234;
        vm.Run();
        Assert.Equal((0ul, 0ul), (other.ControlRegister2, other.DebugAddresses[0]));
        Assert.Equal((0x1234ul, 0x1234ul), (vm.Processor.ControlRegister2, vm.Processor.DebugAddresses[0]));
    }

    private const int Reads = 3000;

    /// <summary>Adds up what the device answers.</summary>
    private static void ReadOften(Iced.Intel.Assembler a)
    {
        Iced.Intel.Label again = a.CreateLabel();
        a.mov(ebx, Page);
        a.mov(ecx, Reads);
        a.Label(ref again);
        a.mov(eax, __dword_ptr[rbx]);
        a.add(__dword_ptr[GuestLayout.Data], eax);
        a.dec(ecx);
        a.jnz(again);
    }
}
