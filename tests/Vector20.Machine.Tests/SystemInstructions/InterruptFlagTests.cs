using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>CLI, STI, PUSHF, POPF: who may change which flag.</summary>
public class InterruptFlagTests
{
    /// <summary>Mode, CPL, IOPL, CR4 bits, and whether IF itself, VIF or neither changes.</summary>
    public static TheoryData<GuestMode, int, int, ulong, string> Cases => new()
    {
        { GuestMode.Real, 0, 0, 0, "IF" },
        { GuestMode.Long, 0, 0, 0, "IF" },
        { GuestMode.Protected, 3, 3, 0, "IF" },
        { GuestMode.Protected, 3, 0, 0, "fault" },
        { GuestMode.Protected, 3, 0, Cr4.PVI, "VIF" },
        { GuestMode.Protected, 3, 0, Cr4.VME, "fault" },
        { GuestMode.Virtual8086, 3, 3, Cr4.VME, "IF" },
        { GuestMode.Virtual8086, 3, 0, Cr4.VME, "VIF" },
        { GuestMode.Virtual8086, 3, 0, Cr4.PVI, "fault" },
        { GuestMode.Virtual8086, 3, 0, 0, "fault" },
    };

    [Theory, MemberData(nameof(Cases))]
    [Manual("3B", "21.3", "Interrupt and Exception Handling in Virtual-8086 Mode")]
    [Manual("3B", "21.4", "Protected-Mode Virtual Interrupts")]
    [Manual("2A", "3.3", "CLI—Clear Interrupt Flag")]
    [Manual("3A", "6.8.1", "Masking Maskable Hardware Interrupts")]
    public void STI_and_CLI_change_IF_or_VIF_or_fault(GuestMode mode, int cpl, int iopl, ulong cr4, string changes)
    {
        using Guest set = new GuestBuilder(mode, cpl).ControlBits4(cr4).Flags((uint)iopl << 12).Code(a => a.sti()).Load();
        using Guest clear = new GuestBuilder(mode, cpl).ControlBits4(cr4).Flags((uint)iopl << 12 | Eflags.IF | Eflags.VIF).Code(a => a.cli()).Load();
        Event? expected = changes == "fault" ? Faults.ProtectionZero : null;
        Assert.Equal(expected, Faults.Of(set, steps: 1));
        Assert.Equal(expected, Faults.Of(clear, steps: 1));
        if (expected is not null) return;
        Assert.Equal(changes == "IF" ? Eflags.IF : Eflags.VIF, set.Processor.Rflags & (Eflags.IF | Eflags.VIF));
        Assert.Equal(changes == "IF" ? Eflags.VIF : Eflags.IF, clear.Processor.Rflags & (Eflags.IF | Eflags.VIF));
    }

    [Fact]
    [Manual("2B", "4.3", "STI—Set Interrupt Flag")]
    public void STI_with_a_pending_virtual_interrupt_is_a_protection_fault()
    {
        using Guest guest = new GuestBuilder(GuestMode.Virtual8086, 3).ControlBits4(Cr4.VME).Flags(Eflags.VIP).Code(a => a.sti()).Load();
        Assert.Equal(Faults.ProtectionZero, Faults.Of(guest));
    }

    /// <summary>Mode, CPL, IOPL, then which of IF and IOPL a POPF of all ones may set.</summary>
    public static TheoryData<GuestMode, int, int, uint> Pops => new()
    {
        { GuestMode.Long, 0, 0, Eflags.IF | Eflags.IOPL },
        { GuestMode.Long, 3, 0, 0 },
        { GuestMode.Protected, 3, 3, Eflags.IF | Eflags.IOPL },
        { GuestMode.Protected, 3, 2, 2 << 12 },
        { GuestMode.Real, 0, 0, Eflags.IF | Eflags.IOPL },
        { GuestMode.Virtual8086, 3, 3, Eflags.IF | Eflags.IOPL },
    };

    [Theory, MemberData(nameof(Pops))]
    [Manual("2B", "4.3", "POPF/POPFD/POPFQ—Pop Stack Into EFLAGS Register")]
    public void POPF_changes_IOPL_at_CPL_0_and_IF_up_to_IOPL(GuestMode mode, int cpl, int iopl, uint expected)
    {
        using Guest guest = new GuestBuilder(mode, cpl).Flags((uint)iopl << 12).Code(a => { a.mov(ax, 0x7EFF); a.push(ax); a.popf(); }).Load();
        guest.Run(3);
        Assert.Equal(expected, guest.Processor.Rflags & (Eflags.IF | Eflags.IOPL));
        Assert.Equal(Eflags.NT | Eflags.Status, guest.Processor.Rflags & (Eflags.NT | Eflags.Status));
    }

    [Fact]
    [Manual("1", "3.4.3", "EFLAGS Register")]
    public void POPFD_changes_AC_and_ID_but_never_VM_VIF_VIP_and_clears_RF()
    {
        using Guest guest = new GuestBuilder(GuestMode.Protected).Code(a => { a.push(0x3F_0002); a.popfd(); }).Load();
        guest.Run(2);
        Assert.Equal(Eflags.AC | Eflags.ID, guest.Processor.Rflags & 0xFFFF_0000);
    }

    [Theory]
    [InlineData(0xFFFF_FFFFu, 0x24_7ED7u)]
    [InlineData(0u, 2u)]
    [Manual("1", "3.4.3", "EFLAGS Register")]
    public void Reserved_flags_read_as_bit_1_set_and_the_others_clear_whatever_is_popped(uint popped, uint read)
    {
        using Guest guest = new GuestBuilder(GuestMode.Protected).Code(a => { a.push(unchecked((int)popped) & ~(int)Eflags.TF); a.popfd(); }).Load();
        guest.Run(2);
        Assert.Equal(read, guest.Processor.Rflags);
    }

    [Fact]
    [Manual("2B", "4.3", "PUSHF/PUSHFD/PUSHFQ—Push EFLAGS Register Onto the Stack")]
    [Manual("3B", "21.3.3.5", "Method 5: Software Interrupt Handling")]
    public void In_virtual_8086_mode_with_VME_the_pushed_IF_is_VIF_and_the_popped_one_goes_there()
    {
        using Guest guest = new GuestBuilder(GuestMode.Virtual8086, 3).ControlBits4(Cr4.VME).Flags(Eflags.VIF).Code(a =>
        {
            a.pushf();
            a.pop(ax);
            a.push(2);
            a.popf();
        }).Load();
        guest.Run(4);
        Assert.Equal(Eflags.IF | Eflags.IOPL, (uint)guest.Processor[0] & (Eflags.IF | Eflags.IOPL));
        Assert.Equal(0ul, guest.Processor.Rflags & (Eflags.VIF | Eflags.IF | Eflags.IOPL));
    }

    [Fact]
    public void In_virtual_8086_mode_without_VME_the_flags_are_the_monitors()
    {
        Assert.Equal(Faults.ProtectionZero, Faults.Of(GuestMode.Virtual8086, 3, a => a.pushf()));
        Assert.Equal(Faults.ProtectionZero, Faults.Of(GuestMode.Virtual8086, 3, a => a.popf()));
        using Guest wide = new GuestBuilder(GuestMode.Virtual8086, 3).ControlBits4(Cr4.VME).Code(a => a.pushfd()).Load();
        Assert.Equal(Faults.ProtectionZero, Faults.Of(wide));
    }

    [Fact]
    [Manual("2A", "3.3", "HLT—Halt")]
    public void HLT_is_for_CPL_0_and_waits_behind_itself()
    {
        Assert.Equal(Faults.ProtectionZero, Faults.Of(3, a => a.hlt()));
        using Guest guest = new GuestBuilder().Code(a => a.hlt()).Load();
        guest.Run(10);
        Assert.Equal((ActivityState.Hlt, GuestLayout.Code + 1ul), (guest.Processor.Activity, guest.Processor.InstructionPointer));
    }
}
