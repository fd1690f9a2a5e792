using Iced.Intel;
using Vector20.Machine.Apic;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx;

/// <summary>A guest's IPIs under "IPI virtualization": posted to the descriptor that the virtual APIC ID chooses, or left to software by an APIC-write exit.</summary>
[Manual("3C", "30.1.6", "IPI Virtualization")]
public class IpiVirtualizationTests
{
    private const ulong VirtualPage = VmxGuest.HostPages, AccessPage = VmxGuest.HostPages + 0x1000, MsrBitmap = VmxGuest.HostPages + 0x2000,
        Table = VmxGuest.HostPages + 0x3000, Descriptor = VmxGuest.HostPages + 0x4000;

    private const uint Window = 0x7_0000;
    private const int Target = 3, Vector = 0x51, Notification = 0xE1;
    private const ulong Nobody = 0x7700_0000_0000;

    private const SecondaryControls XApic = SecondaryControls.VirtualizeApicAccesses | SecondaryControls.ApicRegisterVirtualization;

    [Fact]
    public void An_IPI_to_a_virtual_APIC_ID_sets_the_vectors_bit_and_the_outstanding_notification()
    {
        using VmxGuest guest = Run(a => Send(a, Vector), XApic);
        guest.AssertNoExit();
        Assert.Equal(1ul << (Vector - 64), guest.Memory.Read<ulong>(new PhysicalAddress(Descriptor + 8)));
        Assert.Equal(Nobody | Notification << 16 | 1, guest.Memory.Read<ulong>(new PhysicalAddress(Descriptor + 32)));
    }

    [Fact]
    public void With_the_control_0_the_same_command_is_left_to_software()
    {
        using VmxGuest guest = Run(a => Send(a, Vector), XApic, (_, v) => v[VmcsField.TertiaryProcessorBasedControls] = 0);
        guest.AssertExit(ExitReason.ApicWrite, 0x300);
        Assert.Equal(0ul, guest.Memory.Read<ulong>(new PhysicalAddress(Descriptor + 8)));
    }

    /// <summary>Neither "APIC-register virtualization" nor "virtual-interrupt delivery" is needed for the write itself.</summary>
    [Fact]
    [Manual("3C", "30.4.3.1", "Determining Whether a Write Access is Virtualized")]
    public void The_control_alone_virtualizes_writes_of_the_low_half_of_the_ICR()
    {
        using VmxGuest guest = Run(a => a.mov(__dword_ptr[Window + 0x300], Vector), SecondaryControls.VirtualizeApicAccesses, (g, _) => Write(g, VirtualPage + 0x310, Target << 24));
        guest.AssertNoExit();
        Assert.NotEqual(0ul, guest.Memory.Read<ulong>(new PhysicalAddress(Descriptor + 8)));
        using VmxGuest without = Run(a => a.mov(__dword_ptr[Window + 0x300], Vector), SecondaryControls.VirtualizeApicAccesses, (_, v) => v[VmcsField.TertiaryProcessorBasedControls] = 0);
        without.AssertExit(ExitReason.ApicAccess, 1 << 12 | 0x300, 11);
        using VmxGuest high = Run(a => a.mov(__dword_ptr[Window + 0x310], 0), SecondaryControls.VirtualizeApicAccesses);
        high.AssertExit(ExitReason.ApicAccess, 1 << 12 | 0x310, 11);
    }

    [Theory]
    [InlineData(15, true)]
    [InlineData(16, false)]
    [InlineData(255, false)]
    public void A_vector_below_16_is_left_to_software(int vector, bool exits)
    {
        using VmxGuest guest = Run(a => Send(a, vector), XApic);
        if (exits) guest.AssertExit(ExitReason.ApicWrite, 0x300);
        else guest.AssertNoExit();
    }

    [Theory]
    [InlineData(1 << 8)]
    [InlineData(4 << 8)]
    [InlineData(5 << 8)]
    [InlineData(1 << 11)]
    [InlineData(1 << 12)]
    [InlineData(1 << 13)]
    [InlineData(1 << 15)]
    [InlineData(1 << 16)]
    [InlineData(1 << 18)]
    [InlineData(2 << 18)]
    [InlineData(3 << 18)]
    [InlineData(1 << 20)]
    [Manual("3C", "30.4.3.2", "APIC-Write Emulation")]
    public void A_command_that_is_not_fixed_edge_triggered_and_to_one_physical_destination_is_left_to_software(int bit)
    {
        using VmxGuest guest = Run(a => Send(a, Vector | bit), XApic);
        guest.AssertExit(ExitReason.ApicWrite, 0x300);
        Assert.Equal(0ul, guest.Memory.Read<ulong>(new PhysicalAddress(Descriptor + 8)));
    }

    [Theory]
    [InlineData(Descriptor | 1, false)]
    [InlineData(Descriptor, true)]
    [InlineData(Descriptor | 3, true)]
    [InlineData(Descriptor | 0x21, true)]
    [InlineData(Descriptor | 1ul << 46 | 1, true)]
    public void A_pointer_that_is_not_valid_or_has_a_reserved_bit_is_left_to_software(ulong pointer, bool exits)
    {
        using VmxGuest guest = Run(a => Send(a, Vector), XApic, (g, _) => Write(g, Table + 8 * Target, pointer));
        if (exits) guest.AssertExit(ExitReason.ApicWrite, 0x300);
        else guest.AssertNoExit();
    }

    [Theory]
    [InlineData(Target, false)]
    [InlineData(Target - 1, true)]
    public void A_virtual_APIC_ID_beyond_the_last_index_is_left_to_software(int last, bool exits)
    {
        using VmxGuest guest = Run(a => Send(a, Vector), XApic, (_, v) => v[VmcsField.LastPidPointerIndex] = (ulong)last);
        if (exits) guest.AssertExit(ExitReason.ApicWrite, 0x300);
        else guest.AssertNoExit();
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    public void A_notification_is_sent_to_the_physical_destination_unless_one_is_outstanding_or_suppressed(int information, bool sent)
    {
        using VmxGuest guest = Run(a => Send(a, Vector), XApic, (g, _) =>
        {
            g.Guest.Computer.Processors[1].Apic.Write((int)ApicRegister.SpuriousInterruptVector, 4, 0x1FF);
            Write(g, Descriptor + 32, 1ul << 40 | Notification << 16 | (uint)information);
        });
        guest.AssertNoExit();
        Assert.Equal(1ul << (Vector - 64), guest.Memory.Read<ulong>(new PhysicalAddress(Descriptor + 8)));
        Assert.Equal(sent, guest.Guest.Computer.Processors[1].Apic.State.Requested.Contains(Notification));
        Assert.Equal(1ul << 40 | Notification << 16 | (sent ? 1u : (uint)information), guest.Memory.Read<ulong>(new PhysicalAddress(Descriptor + 32)));
    }

    /// <summary>The ICR is the host's: what the guest sends may not be seen there.</summary>
    [Fact]
    public void The_ICR_of_the_physical_APIC_stays_as_the_host_left_it()
    {
        const ulong Host = 0x05ul << 56 | 0x4_40F0;
        using VmxGuest guest = Run(a => Send(a, Vector), XApic, (g, _) =>
        {
            g.Processor.Apic.State.InterruptCommand = Host;
            g.Guest.Computer.Processors[1].Apic.Write((int)ApicRegister.SpuriousInterruptVector, 4, 0x1FF);
            Write(g, Descriptor + 32, 1ul << 40 | Notification << 16);
        });
        guest.AssertNoExit();
        Assert.True(guest.Guest.Computer.Processors[1].Apic.State.Requested.Contains(Notification));
        Assert.Equal(Host, guest.Processor.Apic.State.InterruptCommand);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void An_observer_is_told_of_every_IPI_and_of_the_sending_of_its_notification(int information, bool sent)
    {
        var recorder = new EventRecorder();
        using VmxGuest guest = Run(a => Send(a, Vector), XApic, (g, _) =>
        {
            Write(g, Descriptor + 32, Nobody | Notification << 16 | (uint)information);
            g.Guest.Computer.EventObserver = recorder;
        });
        guest.AssertNoExit();
        EventStep[] steps = [.. recorder.Steps.Where(step => step.Kind is EventStepKind.Posted or EventStepKind.Sent)];
        Assert.Equal((EventStepKind.Posted, Vector, (ulong)Target), (steps[0].Kind, steps[0].Event.Vector, steps[0].Value));
        Assert.Equal(sent ? [(EventStepKind.Sent, Notification)] : [], steps[1..].Select(step => (step.Kind, (int)step.Event.Vector)));
    }

    [Fact]
    public void An_observer_is_told_of_no_IPI_where_software_is_to_send_it()
    {
        var recorder = new EventRecorder();
        using VmxGuest guest = Run(a => Send(a, 15), XApic, (g, _) => g.Guest.Computer.EventObserver = recorder);
        guest.AssertExit(ExitReason.ApicWrite, 0x300);
        Assert.DoesNotContain(recorder.Steps, step => step.Kind is EventStepKind.Posted or EventStepKind.Sent);
    }

    /// <summary>The whole way round: the notification comes back to the sender, whose posted-interrupt processing delivers what it posted.</summary>
    [Fact]
    [Manual("3C", "30.6", "Posted-Interrupt Processing")]
    public void An_IPI_to_the_sender_itself_is_delivered_without_an_exit()
    {
        using VmxGuest guest = Run(a => { a.sti(); Send(a, Vector); a.nop(); a.nop(); }, XApic | SecondaryControls.VirtualInterruptDelivery, (g, v) =>
        {
            v.Set(PinBasedControls.ProcessPostedInterrupts);
            v.Set(VmExitControls.AcknowledgeInterruptOnExit);
            v[VmcsField.PostedInterruptNotificationVector] = Notification;
            v[VmcsField.PostedInterruptDescriptorAddress] = Descriptor;
            g.Processor.Apic.Write((int)ApicRegister.SpuriousInterruptVector, 4, 0x1FF);
            Write(g, Descriptor + 32, Notification << 16);
        });
        guest.AssertNoExit();
        Assert.Equal(Vector, guest.Guest.Log.Single().Vector);
    }

    [Theory]
    [InlineData(Target, Vector, false)]
    [InlineData(Target + 1, Vector, true)]
    [InlineData(Target, Vector | 1 << 11, true)]
    [Manual("3C", "30.5", "Virtualizing MSR-Based APIC Accesses")]
    public void WRMSR_of_the_ICR_in_virtual_x2APIC_mode_posts_or_exits_with_its_operand_in_the_page(int target, int command, bool exits)
    {
        using VmxGuest guest = Run(a => WriteIcr(a, target, command), SecondaryControls.VirtualizeX2ApicMode);
        Assert.Equal((ulong)target << 32 | (uint)command, guest.Memory.Read<ulong>(new PhysicalAddress(VirtualPage + 0x300)));
        if (exits) guest.AssertExit(ExitReason.ApicWrite, 0x300);
        else guest.AssertNoExit();
        Assert.Equal(exits ? 0 : 1ul << (Vector - 64), guest.Memory.Read<ulong>(new PhysicalAddress(Descriptor + 8)));
    }

    [Fact]
    public void WRMSR_of_the_ICR_with_a_reserved_bit_faults_and_without_the_control_is_none_of_the_page()
    {
        using VmxGuest reserved = Run(a => WriteIcr(a, Target, Vector | 1 << 13), SecondaryControls.VirtualizeX2ApicMode);
        Assert.Equal(13, reserved.Guest.Log.Single().Vector);
        using VmxGuest without = Run(a => WriteIcr(a, Target, Vector), SecondaryControls.VirtualizeX2ApicMode, (_, v) => v[VmcsField.TertiaryProcessorBasedControls] = 0);
        Assert.Equal(0ul, without.Memory.Read<ulong>(new PhysicalAddress(VirtualPage + 0x300)));
    }

    /// <summary>The words of the rule, and what breaks it.</summary>
    private static readonly (string Rule, Action<Vmcs> Break)[] s_rules =
    [
        ("a reserved tertiary processor-based control is 1", v => v[VmcsField.TertiaryProcessorBasedControls] |= 1),
        ("a reserved tertiary processor-based control is 1", v => v[VmcsField.TertiaryProcessorBasedControls] |= 1ul << 63),
        ("APIC virtualization without the TPR shadow", v => { v[VmcsField.ProcessorBasedControls] &= ~(ulong)ProcessorBasedControls.UseTprShadow; v[VmcsField.SecondaryProcessorBasedControls] &= ~(ulong)XApic; }),
        ("the PID-pointer table is misplaced", v => v[VmcsField.PidPointerTableAddress] |= 4),
        ("the PID-pointer table is misplaced", v => v[VmcsField.PidPointerTableAddress] = 1ul << 46),
        ("the PID-pointer table is misplaced", v => { v[VmcsField.PidPointerTableAddress] = (1ul << 46) - 8; v[VmcsField.LastPidPointerIndex] = 1; }),
    ];

    /// <summary>The rules that are tested here.</summary>
    internal static IEnumerable<string> RuleWords => s_rules.Select(row => row.Rule);

    public static TheoryData<int> Rules => [.. Enumerable.Range(0, s_rules.Length)];

    [Theory]
    [MemberData(nameof(Rules))]
    [Manual("3C", "27.2.1.1", "VM-Execution Control Fields")]
    public void A_VMCS_that_breaks_the_rule_fails(int rule)
    {
        using VmxGuest guest = Run(a => a.nop(), XApic, (_, v) => s_rules[rule].Break(v));
        Assert.Equal([s_rules[rule].Rule], guest.Failures);
        Assert.Equal((ulong)VmInstructionError.EntryInvalidControlFields, guest.Vmcs[VmcsField.VmInstructionError]);
    }

    [Theory]
    [InlineData((1ul << 46) - 8, 0)]
    [InlineData((1ul << 46) - 16, 1)]
    [Manual("3C", "27.2.1.1", "VM-Execution Control Fields")]
    public void A_table_whose_last_entry_is_just_within_the_physical_address_width_enters(ulong table, int last)
    {
        using VmxGuest guest = Run(a => a.nop(), XApic, (_, v) => { v[VmcsField.PidPointerTableAddress] = table; v[VmcsField.LastPidPointerIndex] = (ulong)last; });
        guest.AssertNoExit();
    }

    [Fact]
    [Manual("3C", "27.2.1.1", "VM-Execution Control Fields")]
    public void Without_the_primary_control_the_tertiary_ones_are_not_looked_at()
    {
        using VmxGuest guest = Run(a => a.nop(), XApic, (_, v) =>
        {
            v[VmcsField.ProcessorBasedControls] &= ~(ulong)ProcessorBasedControls.ActivateTertiaryControls;
            v[VmcsField.TertiaryProcessorBasedControls] = ulong.MaxValue;
        });
        guest.AssertNoExit();
    }

    [Fact]
    [Manual("3D", "A.3.4", "Tertiary Processor-Based VM-Execution Controls")]
    public void A_model_without_the_feature_has_neither_control_nor_MSR_nor_fields()
    {
        CpuModel with = Model, without = CpuModel.Default;
        Assert.True(VmxCapabilityMsrs.Read(with, 0x492, out ulong tertiary));
        Assert.Equal((ulong)TertiaryControls.IpiVirtualization, tertiary);
        Assert.False(VmxCapabilityMsrs.Read(without, 0x492, out _));
        foreach (VmcsField field in (VmcsField[])[VmcsField.TertiaryProcessorBasedControls, VmcsField.PidPointerTableAddress, VmcsField.LastPidPointerIndex])
            Assert.Equal((true, false), (with.VmcsFields.Contains((ulong)field), without.VmcsFields.Contains((ulong)field)));
        Assert.Equal(ProcessorBasedControls.ActivateTertiaryControls, VmxCapabilities.ProcessorBased(with) ^ VmxCapabilities.ProcessorBased(without));
        Assert.False(CpuModelParser.TryParse("default,+ipivirtualization,-apicvirtualization", out _, out CpuModelError error));
        Assert.Equal("ipivirtualization", error.Token);
    }

    private static CpuModel Model => CpuModelParser.TryParse("default,+ipivirtualization", out CpuModel model, out _) ? model : throw new InvalidOperationException();

    private static void Send(Assembler a, int command)
    {
        a.mov(__dword_ptr[Window + 0x310], Target << 24);
        a.mov(__dword_ptr[Window + 0x300], command);
    }

    private static void WriteIcr(Assembler a, int target, int command)
    {
        a.mov(ecx, 0x830);
        a.mov(edx, target);
        a.mov(eax, command);
        a.wrmsr();
    }

    private static void Write(VmxGuest guest, ulong address, ulong value) => guest.Memory.Write(new PhysicalAddress(address), value);

    private static VmxGuest Run(Action<Assembler> code, SecondaryControls controls, Action<VmxGuest, Vmcs>? prepare = null)
    {
        GuestBuilder builder = new GuestBuilder().Page(Window, AccessPage | 3).Code(a => { code(a); Label forever = a.CreateLabel(); a.Label(ref forever); a.jmp(forever); });
        var guest = new VmxGuest(builder, vmcs =>
        {
            vmcs.Set(controls);
            vmcs.Set(ProcessorBasedControls.UseTprShadow | ProcessorBasedControls.UseMsrBitmaps | ProcessorBasedControls.ActivateTertiaryControls);
            vmcs.Set(PinBasedControls.ExternalInterruptExiting);
            vmcs[VmcsField.TertiaryProcessorBasedControls] = (ulong)TertiaryControls.IpiVirtualization;
            vmcs[VmcsField.VirtualApicAddress] = VirtualPage;
            vmcs[VmcsField.ApicAccessAddress] = AccessPage;
            vmcs[VmcsField.MsrBitmaps] = MsrBitmap;
            vmcs[VmcsField.PidPointerTableAddress] = Table;
            vmcs[VmcsField.LastPidPointerIndex] = Target;
        }, new ComputerOptions { MemorySize = 4 << 20, Model = Model, Processors = 2 });
        Write(guest, Table + 8 * Target, Descriptor | 1);
        Write(guest, Descriptor + 32, Nobody | Notification << 16);
        prepare?.Invoke(guest, guest.Vmcs);
        return guest.Run();
    }
}
