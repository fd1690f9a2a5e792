using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx;

/// <summary>What VM exits save and VM entries load.</summary>
[Manual("3C", "25.4.1", "Guest Register State")]
[Manual("3C", "25.4.2", "Guest Non-Register State")]
[Manual("3C", "28.3.1", "Saving Control Registers, Debug Registers, and MSRs")]
[Manual("3C", "28.3.2", "Saving Segment Registers and Descriptor-Table Registers")]
[Manual("3C", "27.3.2", "Loading Guest State")]
public class GuestStateTests
{
    private const uint NotPresent = 0x7_1000;

    [Theory]
    [InlineData(GuestMode.Real)]
    [InlineData(GuestMode.Virtual8086)]
    [InlineData(GuestMode.Protected)]
    [InlineData(GuestMode.Compatibility)]
    [InlineData(GuestMode.Long)]
    [Manual("3C", "27", "VM Entries")]
    [Manual("3C", "28", "VM Exits")]
    public void An_exit_saves_what_the_entry_loaded(GuestMode mode)
    {
        Vmcs? before = null;
        using VmxGuest guest = VmxGuest.Run(a => a.cpuid(), v => before = v.Copy(), new GuestBuilder(mode));
        foreach (VmcsField field in VmcsFields.All)
            if (field.Type() == VmcsFieldType.GuestState) Assert.True(before![field] == guest.Last[field], $"{field}: {before[field]:x} became {guest.Last[field]:x}");
    }

    [Fact]
    public void Every_register_reaches_the_guest()
    {
        using VmxGuest guest = VmxGuest.Run(a => a.cpuid(), v =>
        {
            v[VmcsField.GuestFsBase] = 0x1234_5678_9ABC;
            v[VmcsField.GuestSysenterEsp] = 0x77;
            v[VmcsField.GuestDr7] = 0x455;
            v[VmcsField.GuestGdtrLimit] = 0x1FF;
            v[VmcsField.GuestRsp] = 0x2_0F00;
        });
        Processor p = guest.Processor;
        Assert.Equal(0x1234_5678_9ABCul, p.Segment(SegmentName.Fs).Base);
        Assert.Equal(0x77ul, p.Msrs[Processors.Msrs.Msr.SysenterEsp]);
        Assert.Equal(0x455ul, p.DebugControl);
        Assert.Equal(0x2_0F00ul, p[4]);
    }

    [Fact]
    [Manual("3C", "27.3.2.1", "Loading Guest Control Registers, Debug Registers, and MSRs")]
    public void CD_and_NW_are_not_loaded_and_bits_of_DR7_are_fixed()
    {
        using VmxGuest guest = VmxGuest.Run(a => a.cpuid(), v =>
        {
            v[VmcsField.GuestCr0] |= Cr0.CD;
            v[VmcsField.GuestDr7] = 0xD000;
        });
        Assert.Equal(0ul, guest.Processor.ControlRegister0 & Cr0.CD);
        Assert.Equal(Dr7.Initial, guest.Processor.DebugControl);
    }

    [Fact]
    [Manual("3C", "28.3.1", "Saving Control Registers, Debug Registers, and MSRs")]
    public void An_unrestricted_guest_that_left_IA_32e_mode_says_so_in_the_entry_control()
    {
        using VmxGuest longMode = VmxGuest.Run(a => a.cpuid());
        Assert.NotEqual(0ul, longMode.Last[VmcsField.VmEntryControls] & (ulong)VmEntryControls.Ia32eModeGuest);
        using VmxGuest protectedMode = VmxGuest.Run(a => a.cpuid(), v => { }, new GuestBuilder(GuestMode.Protected));
        Assert.Equal(0ul, protectedMode.Last[VmcsField.VmEntryControls] & (ulong)VmEntryControls.Ia32eModeGuest);
    }

    [Fact]
    [Manual("3C", "28.3.3", "Saving RIP, RSP, RFLAGS, and SSP")]
    public void RF_is_saved_as_1_for_a_fault_and_as_it_was_for_an_instruction()
    {
        using VmxGuest fault = VmxGuest.Run(a => a.ud2(), v => v[VmcsField.ExceptionBitmap] = 1 << 6);
        Assert.NotEqual(0ul, fault.Last[VmcsField.GuestRflags] & Eflags.RF);
        using VmxGuest trap = VmxGuest.Run(a => a.int3(), v => v[VmcsField.ExceptionBitmap] = 1 << 3);
        Assert.Equal(0ul, trap.Last[VmcsField.GuestRflags] & Eflags.RF);
        using VmxGuest instruction = VmxGuest.Run(a => a.cpuid());
        Assert.Equal(0ul, instruction.Last[VmcsField.GuestRflags] & Eflags.RF);
    }

    [Fact]
    [Manual("3C", "28.2.3", "Information About NMI Unblocking Due to IRET")]
    public void A_fault_of_the_IRET_that_ends_an_NMI_says_that_it_had_unblocked_NMIs()
    {
        void Code(Assembler a) { a.mov(esp, NotPresent + 0x100); a.iretq(); }
        void Handle(Vmcs v, ulong blocking)
        {
            v[VmcsField.ExceptionBitmap] = 1 << 14;
            v[VmcsField.GuestInterruptibilityState] = blocking;
            v.Set(PinBasedControls.NmiExiting | PinBasedControls.VirtualNmis);
        }

        using VmxGuest blocked = VmxGuest.Run(Code, v => Handle(v, 8), new GuestBuilder().Page(NotPresent, 0));
        Assert.True(new InterruptionInformation((uint)blocked.Last[VmcsField.VmExitInterruptionInformation]).NmiUnblockingDueToIret);
        Assert.Equal(0ul, blocked.Last[VmcsField.GuestInterruptibilityState]);
        using VmxGuest open = VmxGuest.Run(Code, v => Handle(v, 0), new GuestBuilder().Page(NotPresent, 0));
        Assert.False(new InterruptionInformation((uint)open.Last[VmcsField.VmExitInterruptionInformation]).NmiUnblockingDueToIret);
    }

    [Fact]
    [Manual("3C", "28.4", "Saving MSRs")]
    [Manual("3C", "28.6", "Loading MSRs")]
    [Manual("3C", "25.7.2", "VM-Exit Controls for MSRs")]
    public void An_exit_stores_the_guests_MSRs_and_loads_the_hosts()
    {
        using VmxGuest guest = BuildWithAreas(0x174, 0x175);
        guest.Memory.Write(new PhysicalAddress(VmxGuest.HostPages + 0x108), 0x66ul);
        guest.Run();
        guest.AssertExit(ExitReason.Cpuid, 0, 2);
        Assert.Equal(0x55ul, guest.Memory.Read<ulong>(new PhysicalAddress(VmxGuest.HostPages + 8)));
        Assert.Equal(0x66ul, guest.Processor.Msrs[Processors.Msrs.Msr.SysenterEsp]);
    }

    [Fact]
    [Manual("3C", "28.4", "Saving MSRs")]
    public void The_time_stamp_counter_is_stored_without_the_guests_offset()
    {
        using VmxGuest guest = BuildWithAreas(0x10, 0x175);
        guest.Vmcs.Set(ProcessorBasedControls.UseTscOffsetting);
        guest.Vmcs[VmcsField.TscOffset] = 1ul << 40;
        guest.Run();
        Assert.InRange(guest.Memory.Read<ulong>(new PhysicalAddress(VmxGuest.HostPages + 8)), 0ul, 1000ul);
    }

    [Fact]
    [Manual("3C", "28.7", "VMX Aborts")]
    public void An_MSR_that_an_exit_cannot_store_is_a_VMX_abort_which_ends_the_run()
    {
        using VmxGuest guest = BuildWithAreas(0x808, 0x175);
        guest.Guest.Run(100);
        Assert.Contains("VMX abort", guest.Processor.UnsupportedWhat);
        Assert.True(guest.Processor.Ended);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(0, false)]
    [Manual("3C", "27.3.2.5", "Updating Non-Register State")]
    [Manual("3C", "29.4.3.1", "Operations that Invalidate Cached Mappings")]
    [Manual("3C", "29.4.2", "Creating and Using Cached Translation Information")]
    public void Translations_are_kept_for_their_VPID_and_not_at_all_without_one(int secondVpid, bool kept)
    {
        using VmxGuest guest = VmxGuest.Build(a => { a.vmcall(); a.nop(); }, v =>
        {
            v.Set(SecondaryControls.EnableVpid);
            v[VmcsField.Vpid] = 1;
        });
        ulong before = 0;
        guest.OnExit = g =>
        {
            before = g.Processor.CodeGeneration;
            g.Vmcs[VmcsField.Vpid] = (ulong)secondVpid;
            if (secondVpid == 0) g.Vmcs[VmcsField.SecondaryProcessorBasedControls] &= ~(ulong)SecondaryControls.EnableVpid;
            g.SkipInstruction();
        };
        guest.Run();
        Assert.Equal(kept, before == guest.Processor.CodeGeneration);
    }

    private static VmxGuest BuildWithAreas(ulong stored, ulong loaded)
    {
        VmxGuest guest = VmxGuest.Build(a => a.cpuid(), v =>
        {
            v[VmcsField.GuestSysenterCs] = 0x55;
            v[VmcsField.VmExitMsrStoreAddress] = VmxGuest.HostPages;
            v[VmcsField.VmExitMsrLoadAddress] = VmxGuest.HostPages + 0x100;
            v[VmcsField.VmExitMsrStoreCount] = v[VmcsField.VmExitMsrLoadCount] = 1;
        });
        guest.Memory.Write(new PhysicalAddress(VmxGuest.HostPages), stored);
        guest.Memory.Write(new PhysicalAddress(VmxGuest.HostPages + 0x100), loaded);
        return guest;
    }
}
