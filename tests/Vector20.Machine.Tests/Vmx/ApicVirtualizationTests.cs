using Iced.Intel;
using Vector20.Machine.Apic;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx;

[Manual("3C", "30.4", "Virtualizing Memory-Mapped APIC Accesses")]
[Manual("3C", "30.4.3", "Virtualizing Writes to the APIC-Access Page")]
public class ApicVirtualizationTests
{
    private const ulong VirtualPage = VmxGuest.HostPages, AccessPage = VmxGuest.HostPages + 0x1000, MsrBitmap = VmxGuest.HostPages + 0x2000;

    /// <summary>A linear page of the guest's that it maps to the APIC-access page.</summary>
    private const uint Window = 0x7_0000;

    private const SecondaryControls Everything = SecondaryControls.VirtualizeApicAccesses | SecondaryControls.ApicRegisterVirtualization | SecondaryControls.VirtualInterruptDelivery;

    [Fact]
    [Manual("3C", "30.3", "Virtualizing CR8-Based TPR Accesses")]
    [Manual("3C", "30.1.1", "Virtualized APIC Registers")]
    [Manual("3C", "30.1", "Virtual APIC State")]
    public void MOV_to_and_from_CR8_use_the_virtual_task_priority()
    {
        using VmxGuest guest = Run(a => { a.mov(eax, 5); a.mov(cr8, rax); a.mov(rbx, cr8); }, 0);
        guest.AssertNoExit();
        Assert.Equal(5ul, guest.Processor[3]);
        Assert.Equal(0x50u, Register(guest, ApicRegister.TaskPriority));
        Assert.Equal(0, guest.Processor.Apic.ControlRegister8);
    }

    [Fact]
    [Manual("3C", "30.1.2", "TPR Virtualization")]
    public void A_task_priority_below_the_threshold_exits_after_the_instruction()
    {
        using VmxGuest guest = Run(a => { a.mov(eax, 3); a.mov(cr8, rax); a.nop(); }, 0, (g, v) =>
        {
            g.Memory.Write(new PhysicalAddress(VirtualPage + 0x80), 0x90u);
            v[VmcsField.TprThreshold] = 4;
        });
        guest.AssertExit(ExitReason.TprBelowThreshold);
        Assert.Equal(GuestLayout.Code + 9, guest.Last[VmcsField.GuestRip]);
    }

    [Fact]
    public void A_task_priority_at_the_threshold_does_not_exit()
    {
        using VmxGuest guest = Run(a => { a.mov(eax, 4); a.mov(cr8, rax); }, 0, (g, v) =>
        {
            g.Memory.Write(new PhysicalAddress(VirtualPage + 0x80), 0x90u);
            v[VmcsField.TprThreshold] = 4;
        });
        guest.AssertNoExit();
    }

    [Theory]
    [InlineData(0x80u, SecondaryControls.None, false)]
    [InlineData(0xF0u, SecondaryControls.None, true)]
    [InlineData(0xF0u, SecondaryControls.ApicRegisterVirtualization, false)]
    [InlineData(0xA0u, SecondaryControls.ApicRegisterVirtualization, true)]
    [InlineData(0xB0u, SecondaryControls.None, true)]
    [InlineData(0xB0u, SecondaryControls.VirtualInterruptDelivery, false)]
    [InlineData(0x300u, SecondaryControls.VirtualInterruptDelivery, false)]
    [InlineData(0x310u, SecondaryControls.VirtualInterruptDelivery, true)]
    [InlineData(0x390u, SecondaryControls.ApicRegisterVirtualization, true)]
    [InlineData(0x84u, SecondaryControls.ApicRegisterVirtualization, true)]
    [Manual("3C", "30.4.2", "Virtualizing Reads from the APIC-Access Page")]
    public void Reads_of_the_access_page_reach_the_virtual_page_or_exit(uint offset, SecondaryControls controls, bool exits)
    {
        using VmxGuest guest = Run(a => a.mov(ebx, __dword_ptr[Window + offset]), controls | SecondaryControls.VirtualizeApicAccesses,
            (g, _) => g.Memory.Write(new PhysicalAddress(VirtualPage + offset), 0x1234_5678u));
        if (exits) guest.AssertExit(ExitReason.ApicAccess, offset, 7);
        else Assert.Equal(0x1234_5678ul, guest.Processor[3]);
    }

    [Fact]
    [Manual("3C", "28.2.1", "Basic VM-Exit Information")]
    public void An_access_that_exits_reports_offset_and_type()
    {
        using VmxGuest write = Run(a => a.mov(__dword_ptr[Window + 0x390], ebx), Everything);
        write.AssertExit(ExitReason.ApicAccess, 1 << 12 | 0x390, 7);
        using VmxGuest wide = Run(a => a.mov(rbx, __qword_ptr[Window + 0x80]), Everything);
        wide.AssertExit(ExitReason.ApicAccess, 0x80, 8);
        using VmxGuest fetch = Run(a => { a.mov(eax, Window); a.jmp(rax); }, Everything);
        fetch.AssertExit(ExitReason.ApicAccess, 2 << 12);
    }

    [Fact]
    [Manual("3C", "30.4.3.3", "APIC-Write VM Exits")]
    public void A_write_that_software_must_finish_exits_after_the_instruction_with_the_value_in_the_page()
    {
        using VmxGuest guest = Run(a => { a.mov(ebx, 0x1FF); a.mov(__dword_ptr[Window + 0xF0], ebx); }, Everything);
        guest.AssertExit(ExitReason.ApicWrite, 0xF0);
        Assert.Equal(GuestLayout.Code + 12, guest.Last[VmcsField.GuestRip]);
        Assert.Equal(0x1FFu, Register(guest, ApicRegister.SpuriousInterruptVector));
    }

    /// <summary>A write above a register's first byte has another page offset than the register.</summary>
    [Theory]
    [InlineData(0x80u, false)]
    [InlineData(0x81u, true)]
    [InlineData(0xB0u, false)]
    [InlineData(0xB1u, true)]
    [InlineData(0x301u, true)]
    [InlineData(0x310u, false)]
    [InlineData(0x313u, false)]
    [Manual("3C", "30.4.3.2", "APIC-Write Emulation")]
    public void A_byte_written_above_a_registers_first_is_left_to_software_but_for_the_high_half_of_the_ICR(uint offset, bool exits)
    {
        using VmxGuest guest = Run(a => a.mov(__byte_ptr[Window + offset], 0x50), Everything);
        if (exits) guest.AssertExit(ExitReason.ApicWrite, offset);
        else guest.AssertNoExit();
    }

    /// <summary>Without "APIC-register virtualization" the page offset must be the register's own.</summary>
    [Theory]
    [InlineData(0x80u, false)]
    [InlineData(0x81u, true)]
    [InlineData(0xB1u, true)]
    [InlineData(0x302u, true)]
    [Manual("3C", "30.4.2", "Virtualizing Reads from the APIC-Access Page")]
    [Manual("3C", "30.4.3.1", "Determining Whether a Write Access is Virtualized")]
    public void Without_register_virtualization_an_access_above_a_registers_first_byte_exits(uint offset, bool exits)
    {
        const SecondaryControls Controls = SecondaryControls.VirtualizeApicAccesses | SecondaryControls.VirtualInterruptDelivery;
        using VmxGuest read = Run(a => a.mov(bl, __byte_ptr[Window + offset]), Controls);
        using VmxGuest write = Run(a => a.mov(__byte_ptr[Window + offset], bl), Controls);
        if (exits)
        {
            read.AssertExit(ExitReason.ApicAccess, offset, 7);
            write.AssertExit(ExitReason.ApicAccess, 1 << 12 | offset, 7);
        }
        else
        {
            read.AssertNoExit();
            write.AssertNoExit();
        }
    }

    [Fact]
    [Manual("3C", "30.1.5", "Self-IPI Virtualization")]
    [Manual("3C", "30.2.2", "Virtual-Interrupt Delivery")]
    public void A_self_IPI_through_the_page_is_delivered_without_an_exit()
    {
        using VmxGuest guest = Run(a => { a.sti(); a.nop(); a.mov(__dword_ptr[Window + 0x300], 0x4_4000 | 0x31); a.nop(); }, Everything);
        guest.AssertNoExit();
        Assert.Equal(0x31, guest.Guest.Log.Single().Vector);
        Assert.Equal(1u << 17, guest.Memory.Read<uint>(new PhysicalAddress(VirtualPage + 0x110)));
        Assert.Equal(0x3100ul, guest.Processor.Vmx.Vmcs[VmcsField.GuestInterruptStatus]);
        Assert.Equal(0x30u, Register(guest, ApicRegister.ProcessorPriority));
    }

    [Theory]
    [InlineData(0x4_4005u)]
    [InlineData(0x4_4431u)]
    [InlineData(0x0_4031u)]
    [InlineData(0x8_4031u)]
    public void A_command_that_is_no_plain_self_IPI_is_left_to_software(uint command)
    {
        using VmxGuest guest = Run(a => a.mov(__dword_ptr[Window + 0x300], (int)command), Everything);
        guest.AssertExit(ExitReason.ApicWrite, 0x300);
    }

    [Fact]
    [Manual("3C", "30.2.1", "Evaluation of Pending Virtual Interrupts")]
    [Manual("3C", "30.2", "Evaluation and Delivery of Virtual Interrupts")]
    public void A_virtual_interrupt_waits_for_IF_and_for_the_task_priority()
    {
        using VmxGuest masked = Run(a => a.nop(), Everything, (_, v) => v[VmcsField.GuestInterruptStatus] = 0x41);
        Assert.Empty(masked.Guest.Log);
        using VmxGuest low = Run(a => a.sti(), Everything, (g, v) =>
        {
            g.Memory.Write(new PhysicalAddress(VirtualPage + 0x80), 0x40u);
            v[VmcsField.GuestInterruptStatus] = 0x41;
        });
        Assert.Empty(low.Guest.Log);
        using VmxGuest high = Run(a => a.sti(), Everything, (_, v) => v[VmcsField.GuestInterruptStatus] = 0x41);
        Assert.Equal(0x41, high.Guest.Log.Single().Vector);
    }

    [Fact]
    [Manual("3C", "30.2.2", "Virtual-Interrupt Delivery")]
    public void A_virtual_interrupt_ends_a_halt()
    {
        using VmxGuest guest = Run(a => { a.sti(); a.hlt(); a.mov(ebx, 7); }, Everything, (_, v) => v[VmcsField.GuestInterruptStatus] = 0x41);
        guest.AssertNoExit();
        Assert.Equal(0x41, guest.Guest.Log.Single().Vector);
        Assert.Equal(7ul, guest.Processor[3]);
    }

    [Theory]
    [InlineData(0x00u, 0x31u, 0x30u)]
    [InlineData(0x27u, 0x31u, 0x30u)]
    [InlineData(0x35u, 0x31u, 0x35u)]
    [InlineData(0x47u, 0x31u, 0x47u)]
    [Manual("3C", "30.1.3", "PPR Virtualization")]
    public void VM_entry_computes_the_virtual_processor_priority(uint taskPriority, uint inService, uint expected)
    {
        using VmxGuest guest = Run(a => a.nop(), Everything, (g, v) =>
        {
            g.Memory.Write(new PhysicalAddress(VirtualPage + 0x80), taskPriority);
            v[VmcsField.GuestInterruptStatus] = inService << 8;
        });
        Assert.Equal(expected, Register(guest, ApicRegister.ProcessorPriority));
    }

    [Theory]
    [InlineData(0x80u, SecondaryControls.None, true)]
    [InlineData(0xB0u, SecondaryControls.None, false)]
    [InlineData(0xB0u, SecondaryControls.VirtualInterruptDelivery, true)]
    [InlineData(0x300u, SecondaryControls.VirtualInterruptDelivery, true)]
    [InlineData(0x310u, SecondaryControls.VirtualInterruptDelivery, false)]
    [InlineData(0x310u, SecondaryControls.ApicRegisterVirtualization, true)]
    [InlineData(0x30u, SecondaryControls.ApicRegisterVirtualization, false)]
    [InlineData(0x320u, SecondaryControls.ApicRegisterVirtualization, true)]
    [InlineData(0x370u, SecondaryControls.ApicRegisterVirtualization, true)]
    [InlineData(0x3F0u, SecondaryControls.ApicRegisterVirtualization, false)]
    [Manual("3C", "30.4.3.1", "Determining Whether a Write Access is Virtualized")]
    public void A_write_is_virtualized_by_register_and_control(uint offset, SecondaryControls controls, bool virtualized) =>
        Assert.Equal(virtualized, VirtualizedRegisters.Writable(controls, TertiaryControls.None, offset));

    [Fact]
    [Manual("3C", "30.4.3.2", "APIC-Write Emulation")]
    public void A_write_of_the_high_half_of_the_ICR_keeps_its_top_byte_and_does_nothing_else()
    {
        using VmxGuest guest = Run(a => a.mov(__dword_ptr[Window + 0x310], 0x1234_5678), Everything);
        guest.AssertNoExit();
        Assert.Equal(0x1200_0000u, Register(guest, ApicRegister.InterruptCommandHigh));
    }

    [Fact]
    [Manual("3C", "30.4.6.1", "Guest-Physical Accesses to the APIC-Access Page")]
    public void A_page_walk_through_the_access_page_exits_as_a_guest_physical_access()
    {
        using VmxGuest guest = VmxGuest.Run(a => a.nop(), v =>
        {
            v.Set(SecondaryControls.VirtualizeApicAccesses);
            v[VmcsField.ApicAccessAddress] = v[VmcsField.GuestCr3];
        });
        guest.AssertExit(ExitReason.ApicAccess, 15 << 12);
    }

    [Fact]
    [Manual("3C", "30.1.4", "EOI Virtualization")]
    public void An_EOI_ends_the_vector_in_service_and_exits_if_the_bitmap_says_so()
    {
        void InService(VmxGuest g, Vmcs v)
        {
            g.Memory.Write(new PhysicalAddress(VirtualPage + 0x110), 1u << 17);
            v[VmcsField.GuestInterruptStatus] = 0x3100;
        }

        using VmxGuest quiet = Run(a => a.mov(__dword_ptr[Window + 0xB0], 0), Everything, InService);
        quiet.AssertNoExit();
        Assert.Equal(0ul, quiet.Vmcs[VmcsField.GuestInterruptStatus]);
        Assert.Equal(0u, quiet.Memory.Read<uint>(new PhysicalAddress(VirtualPage + 0x110)));
        using VmxGuest exits = Run(a => a.mov(__dword_ptr[Window + 0xB0], 0), Everything, (g, v) => { InService(g, v); v[VmcsField.EoiExitBitmap0] = 1ul << 0x31; });
        exits.AssertExit(ExitReason.VirtualizedEoi, 0x31);
    }

    [Fact]
    [Manual("3C", "30.5", "Virtualizing MSR-Based APIC Accesses")]
    public void In_virtual_x2APIC_mode_the_SELF_IPI_register_delivers_without_an_exit()
    {
        using VmxGuest guest = Run(a => { a.sti(); a.nop(); a.mov(ecx, 0x83F); a.mov(eax, 0x14); a.xor(edx, edx); a.wrmsr(); a.nop(); },
            SecondaryControls.VirtualizeX2ApicMode | SecondaryControls.VirtualInterruptDelivery);
        guest.AssertNoExit();
        Assert.Equal(20, guest.Guest.Log.Single().Vector);
    }

    [Fact]
    public void In_virtual_x2APIC_mode_reserved_bits_of_the_TPR_fault()
    {
        using VmxGuest guest = Run(a => { a.mov(ecx, 0x808); a.mov(eax, 0x120); a.xor(edx, edx); a.wrmsr(); }, SecondaryControls.VirtualizeX2ApicMode);
        Assert.Equal(13, guest.Guest.Log.Single().Vector);
    }

    [Theory]
    [InlineData(0xF2, true)]
    [InlineData(0xF3, false)]
    [Manual("3C", "30.6", "Posted-Interrupt Processing")]
    public void The_notification_delivers_what_was_posted_and_another_interrupt_exits(byte vector, bool notification)
    {
        const ulong Descriptor = VmxGuest.HostPages + 0x3000;
        using VmxGuest guest = Run(a => { a.sti(); a.nop(); a.nop(); }, Everything, (g, v) =>
        {
            v.Set(PinBasedControls.ProcessPostedInterrupts);
            v.Set(VmExitControls.AcknowledgeInterruptOnExit);
            v[VmcsField.PostedInterruptNotificationVector] = 0xF2;
            v[VmcsField.PostedInterruptDescriptorAddress] = Descriptor;
            g.Memory.Write(new PhysicalAddress(Descriptor + 8), 1ul << 50 | 1ul << 20);
            g.Memory.Write(new PhysicalAddress(Descriptor + 32), (byte)1);
            g.Processor.Apic.Write((int)ApicRegister.SpuriousInterruptVector, 4, 0x1FF);
            g.Processor.Apic.Receive(new ApicMessage(DeliveryMode.Fixed, vector));
        });
        if (!notification)
        {
            guest.AssertExit(ExitReason.ExternalInterrupt);
            Assert.Equal(1, guest.Memory.Read<byte>(new PhysicalAddress(Descriptor + 32)));
            return;
        }

        guest.AssertNoExit();
        Assert.Equal(64 + 50, guest.Guest.Log.Single().Vector);
        Assert.Equal(0, guest.Memory.Read<byte>(new PhysicalAddress(Descriptor + 32)));
        Assert.Equal(0ul, guest.Memory.Read<ulong>(new PhysicalAddress(Descriptor + 8)));
        Assert.Equal(64 + 20ul, guest.Vmcs[VmcsField.GuestInterruptStatus] & 0xFF);
        Assert.Equal(-1, guest.Processor.Apic.State.InService.Highest);
    }

    private static VmxGuest Run(Action<Assembler> code, SecondaryControls controls, Action<VmxGuest, Vmcs>? prepare = null)
    {
        GuestBuilder builder = new GuestBuilder().Page(Window, AccessPage | 3).Handler(20, HandlerEnd.Return);
        VmxGuest guest = VmxGuest.Build(code, vmcs =>
        {
            vmcs.Set(controls);
            vmcs.Set(ProcessorBasedControls.UseTprShadow | ProcessorBasedControls.UseMsrBitmaps);
            vmcs.Set(PinBasedControls.ExternalInterruptExiting);
            vmcs[VmcsField.VirtualApicAddress] = VirtualPage;
            vmcs[VmcsField.ApicAccessAddress] = AccessPage;
            vmcs[VmcsField.MsrBitmaps] = MsrBitmap;
        }, builder);
        prepare?.Invoke(guest, guest.Vmcs);
        return guest.Run();
    }

    private static uint Register(VmxGuest guest, ApicRegister register) => guest.Memory.Read<uint>(new PhysicalAddress(VirtualPage + (uint)register));
}
