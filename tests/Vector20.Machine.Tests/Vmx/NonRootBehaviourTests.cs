using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx;

[Manual("3C", "26.3", "Changes to Instruction Behavior in VMX Non-Root Operation")]
public class NonRootBehaviourTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Manual("3C", "24.8", "Restrictions on VMX Operation")]
    public void A_guest_cannot_clear_the_fixed_bits_that_it_owns(bool cr0Register)
    {
        using VmxGuest guest = VmxGuest.Run(a =>
        {
            a.mov(rbx, cr0Register ? cr0 : cr4);
            a.and(ebx, (int)~(cr0Register ? Cr0.NE : Cr4.VMXE));
            a.mov(cr0Register ? cr0 : cr4, rbx);
        });
        guest.AssertNoExit();
        Assert.Equal(13, guest.Guest.Log.Single().Vector);
    }

    [Fact]
    [Manual("3C", "24.8", "Restrictions on VMX Operation")]
    public void Only_an_unrestricted_guest_can_turn_paging_off()
    {
        void Code(Assembler a) { a.mov(ebx, cr0); a.and(ebx, int.MaxValue); a.mov(cr0, ebx); a.cpuid(); }
        using VmxGuest restricted = VmxGuest.Run(Code, v => v[VmcsField.SecondaryProcessorBasedControls] &= ~(ulong)SecondaryControls.UnrestrictedGuest,
            new GuestBuilder(GuestMode.Compatibility));
        Assert.Equal(13, restricted.Guest.Log.Single().Vector);
        using VmxGuest unrestricted = VmxGuest.Run(Code, null, new GuestBuilder(GuestMode.Compatibility));
        unrestricted.AssertExit(ExitReason.Cpuid, 0, 2);
        Assert.Equal(0ul, unrestricted.Last[VmcsField.GuestCr0] & Cr0.PG);
    }

    [Fact]
    [Manual("3C", "25.6.6", "Guest/Host Masks and Read Shadows for CR0 and CR4")]
    public void MOV_from_CR4_reads_the_shadow_where_the_host_owns_a_bit()
    {
        using VmxGuest guest = VmxGuest.Run(a => a.mov(rbx, cr4), v =>
        {
            v[VmcsField.Cr4GuestHostMask] = Cr4.VMXE | Cr4.SMEP;
            v[VmcsField.Cr4ReadShadow] = Cr4.SMEP;
        });
        Assert.Equal(Cr4.PAE | Cr4.SMEP, guest.Processor[3]);
    }

    [Fact]
    public void CLTS_leaves_TS_alone_when_the_host_owns_it_and_the_shadow_has_it_0()
    {
        using VmxGuest guest = VmxGuest.Run(a => { a.clts(); a.cpuid(); }, v =>
        {
            v[VmcsField.GuestCr0] |= Cr0.TS;
            v[VmcsField.Cr0GuestHostMask] = Cr0.TS;
        });
        guest.AssertExit(ExitReason.Cpuid, 0, 2);
        Assert.NotEqual(0ul, guest.Last[VmcsField.GuestCr0] & Cr0.TS);
    }

    [Fact]
    public void RDTSC_reads_the_multiplied_and_offset_counter()
    {
        using VmxGuest guest = VmxGuest.Run(a => { a.rdtsc(); a.cpuid(); }, v =>
        {
            v.Set(ProcessorBasedControls.UseTscOffsetting);
            v[VmcsField.TscOffset] = 0x5_0000_0000;
        });
        Assert.Equal(5ul, guest.Processor[2]);
    }

    [Fact]
    [Manual("3C", "26.1.3", "Instructions That Cause VM Exits Conditionally")]
    public void PAUSE_in_a_loop_exits_when_the_window_is_exceeded_and_not_when_the_gap_is()
    {
        void Loop(Assembler a)
        {
            Label again = a.CreateLabel();
            a.Label(ref again);
            a.pause();
            a.jmp(again);
        }

        using VmxGuest exits = VmxGuest.Run(Loop, v => { v.Set(SecondaryControls.PauseLoopExiting); v[VmcsField.PleGap] = 10; v[VmcsField.PleWindow] = 100; });
        exits.AssertExit(ExitReason.Pause, 0, 2);
        using VmxGuest apart = VmxGuest.Run(Loop, v => { v.Set(SecondaryControls.PauseLoopExiting); v[VmcsField.PleGap] = 1; v[VmcsField.PleWindow] = 100; });
        apart.AssertNoExit();
    }

    [Fact]
    [Manual("3C", "26.4.2", "Treatment of Task Switches")]
    public void A_task_switch_exits_with_its_selector_and_source_until_the_host_lifts_it()
    {
        using VmxGuest guest = VmxGuest.Build(a => a.db(0x9A, 0, 0, 0, 0, GuestLayout.FreeSelector & 0xFF, GuestLayout.FreeSelector >> 8), null,
            new GuestBuilder(GuestMode.Protected).Descriptor(GuestLayout.FreeSelector, 0x0000_8905_0000_0067));
        guest.OnExit = g =>
        {
            if (g.Exits.Count == 1) g.Processor.Vmx.TaskSwitchLifted = true;
            else g.Stay();
        };
        guest.Run();
        Assert.Equal((ulong)ExitReason.TaskSwitch, guest.Exits[0][VmcsField.ExitReason]);
        Assert.Equal(GuestLayout.FreeSelector, guest.Exits[0][VmcsField.ExitQualification]);
        Assert.Equal(7ul, guest.Exits[0][VmcsField.VmExitInstructionLength]);
        Assert.DoesNotContain(guest.Exits.Skip(1), exit => exit[VmcsField.ExitReason] == (ulong)ExitReason.TaskSwitch);
    }

    [Fact]
    [Manual("3C", "27.7.7", "VM Exits Induced by the TPR Threshold")]
    public void A_virtual_TPR_below_the_threshold_exits_right_after_VM_entry()
    {
        using VmxGuest below = VmxGuest.Run(a => a.nop(), Threshold);
        below.AssertExit(ExitReason.TprBelowThreshold);
        Assert.Equal(GuestLayout.Code, below.Last[VmcsField.GuestRip]);
        using VmxGuest at = VmxGuest.Build(a => a.nop(), Threshold);
        at.Memory.Write(new PhysicalAddress(VmxGuest.HostPages + 0x80), 0x20u);
        at.Run();
        at.AssertNoExit();
    }

    [Theory]
    [InlineData(ActivityState.Hlt, true)]
    [InlineData(ActivityState.Shutdown, false)]
    [InlineData(ActivityState.WaitForSipi, false)]
    [Manual("3C", "27.7.7", "VM Exits Induced by the TPR Threshold")]
    public void That_exit_ends_a_halt_and_does_not_come_in_shutdown_or_while_waiting_for_SIPI(ActivityState activity, bool exits)
    {
        using VmxGuest guest = VmxGuest.Run(a => a.nop(), v => { Threshold(v); v[VmcsField.GuestActivityState] = (ulong)activity; });
        if (exits) guest.AssertExit(ExitReason.TprBelowThreshold);
        else guest.AssertNoExit();
    }

    [Fact]
    [Manual("3C", "27.7.7", "VM Exits Induced by the TPR Threshold")]
    public void Held_back_by_shutdown_it_comes_once_an_NMI_has_ended_that()
    {
        using VmxGuest guest = VmxGuest.Build(a => a.nop(), v => { Threshold(v); v[VmcsField.GuestActivityState] = (ulong)ActivityState.Shutdown; });
        guest.Processor.NmiPending = true;
        guest.Run().AssertExit(ExitReason.TprBelowThreshold);
        Assert.NotEqual(GuestLayout.Code, guest.Last[VmcsField.GuestRip]);
    }

    private static void Threshold(Vmcs v)
    {
        v.Set(ProcessorBasedControls.UseTprShadow);
        v.Set(SecondaryControls.VirtualizeApicAccesses);
        v[VmcsField.VirtualApicAddress] = VmxGuest.HostPages;
        v[VmcsField.ApicAccessAddress] = VmxGuest.HostPages + 0x1000;
        v[VmcsField.TprThreshold] = 2;
    }
}
