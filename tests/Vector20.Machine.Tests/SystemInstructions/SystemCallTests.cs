using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Msrs;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>SYSCALL, SYSRET, SYSENTER, SYSEXIT.</summary>
public class SystemCallTests
{
    private const ulong Star = 0x0013_0008_0000_0000, Target = GuestLayout.Code + 0x100;

    [Fact]
    [Manual("2B", "4.3", "SYSCALL—Fast System Call")]
    [Manual("3A", "5.8.8", "Fast System Calls in 64-Bit Mode")]
    public void SYSCALL_saves_RIP_and_RFLAGS_and_loads_flat_segments()
    {
        using Guest guest = Ready(3, Eflags.AC | Eflags.IF, a => a.syscall());
        Assert.Null(Faults.Of(guest, steps: 1));
        Processor p = guest.Processor;
        Assert.Equal((Target, GuestLayout.Code + 2ul, (ulong)(Eflags.AC | Eflags.IF | 2)), (p.InstructionPointer, p[1], p[11]));
        Assert.Equal((0, Eflags.AC | 2ul), (p.Cpl, p.Rflags));
        Assert.Equal(new SegmentRegister(8, 0, uint.MaxValue, 0xA09B), p.Segment(SegmentName.Cs));
        Assert.Equal(new SegmentRegister(0x10, 0, uint.MaxValue, 0xC093), p.Segment(SegmentName.Ss));
    }

    [Fact]
    public void SYSCALL_is_invalid_unless_enabled_and_outside_64_bit_mode()
    {
        using Guest disabled = Ready(3, 0, a => a.syscall());
        disabled.Processor.ExtendedFeatures &= ~Efer.SCE;
        Assert.Equal(Faults.InvalidOpcode, Faults.Of(disabled));
        using Guest narrow = Ready(3, 0, a => a.syscall(), GuestMode.Compatibility);
        Assert.Equal(Faults.InvalidOpcode, Faults.Of(narrow));
    }

    [Theory]
    [InlineData(true, 0x23, true)]
    [InlineData(false, 0x13, false)]
    [Manual("2B", "4.3", "SYSRET—Return From Fast System Call")]
    public void SYSRET_goes_to_CPL_3_in_64_bit_or_compatibility_mode(bool wide, ushort selector, bool is64Bit)
    {
        using Guest guest = Ready(0, 0, a => Return(a, wide));
        guest.Processor[1] = wide ? 0x7FFF_FFFF_F000 : 0xFFFF_FFFF_0040_0000;
        guest.Processor[11] = 0xFFFF_FFFF;
        Assert.Null(Faults.Of(guest, steps: 1));
        Processor p = guest.Processor;
        Assert.Equal((wide ? 0x7FFF_FFFF_F000ul : 0x40_0000, 3, is64Bit), (p.InstructionPointer, p.Cpl, p.Is64Bit));
        Assert.Equal((selector | 3, 0x1B), (p.Segment(SegmentName.Cs).Selector, p.Segment(SegmentName.Ss).Selector));
        Assert.Equal(0x3C_7FD7ul, p.Rflags);
    }

    [Fact]
    public void SYSRET_to_a_non_canonical_address_is_a_protection_fault_at_CPL_0()
    {
        using Guest guest = Ready(0, 0, a => Return(a, wide: true));
        guest.Processor[1] = 0x8000_0000_0000;
        Assert.Equal(Faults.ProtectionZero, Faults.Of(guest));
        Assert.Equal(0, guest.Processor.Cpl);
        using Guest user = Ready(3, 0, a => Return(a, wide: true));
        Assert.Equal(Faults.ProtectionZero, Faults.Of(user));
    }

    [Theory]
    [InlineData(GuestMode.Protected, false)]
    [InlineData(GuestMode.Compatibility, true)]
    [InlineData(GuestMode.Long, true)]
    [InlineData(GuestMode.Virtual8086, false)]
    [Manual("2B", "4.3", "SYSENTER—Fast System Call")]
    [Manual("3A", "5.8.7", "Performing Fast Calls to System Procedures with the SYSENTER and SYSEXIT Instructions")]
    public void SYSENTER_enters_CPL_0_with_interrupts_off(GuestMode mode, bool is64Bit)
    {
        using Guest guest = Ready(3, Eflags.IF, a => a.sysenter(), mode);
        Assert.Null(Faults.Of(guest, steps: 1));
        Processor p = guest.Processor;
        Assert.Equal((Target, 0x5_0800ul, 0, is64Bit), (p.InstructionPointer, p[4], p.Cpl, p.Is64Bit));
        Assert.Equal((8, 0x10), (p.Segment(SegmentName.Cs).Selector, p.Segment(SegmentName.Ss).Selector));
        Assert.Equal(0ul, p.Rflags & (Eflags.IF | Eflags.VM));
    }

    [Theory]
    [InlineData(GuestMode.Long, 0, false)]
    [InlineData(GuestMode.Protected, 3, false)]
    [InlineData(GuestMode.Real, 8, false)]
    [InlineData(GuestMode.Protected, 8, true)]
    public void SYSENTER_without_a_selector_or_in_real_mode_is_a_protection_fault(GuestMode mode, ushort selector, bool works)
    {
        using Guest guest = Ready(0, 0, a => a.sysenter(), mode);
        guest.Processor.Msrs[Msr.SysenterCs] = selector;
        Assert.Equal(works ? null : 13, Faults.Of(guest, steps: 1)?.Vector);
    }

    [Theory]
    [InlineData(false, 0x1B, 0x23)]
    [InlineData(true, 0x2B, 0x33)]
    [Manual("2B", "4.3", "SYSEXIT—Fast Return from Fast System Call")]
    public void SYSEXIT_goes_to_CPL_3_at_RDX_with_the_stack_of_RCX(bool wide, int code, int stack)
    {
        using Guest guest = Ready(0, 0, a => Exit(a, wide));
        (guest.Processor[2], guest.Processor[1]) = (0x40_0000, 0x50_0000);
        Assert.Null(Faults.Of(guest, steps: 1));
        Processor p = guest.Processor;
        Assert.Equal((0x40_0000ul, 0x50_0000ul, 3, wide), (p.InstructionPointer, p[4], p.Cpl, p.Is64Bit));
        Assert.Equal((code, stack), (p.Segment(SegmentName.Cs).Selector, p.Segment(SegmentName.Ss).Selector));
    }

    [Fact]
    public void SYSEXIT_is_for_CPL_0_and_canonical_addresses()
    {
        using Guest user = Ready(3, 0, a => Exit(a, wide: true));
        Assert.Equal(Faults.ProtectionZero, Faults.Of(user));
        using Guest wild = Ready(0, 0, a => Exit(a, wide: true));
        wild.Processor[2] = 0x8000_0000_0000;
        Assert.Equal(Faults.ProtectionZero, Faults.Of(wild));
    }

    private static void Return(Assembler a, bool wide)
    {
        if (wide) a.sysretq();
        else a.sysret();
    }

    private static void Exit(Assembler a, bool wide)
    {
        if (wide) a.sysexitq();
        else a.sysexit();
    }

    private static Guest Ready(int cpl, ulong flags, Action<Assembler> code, GuestMode mode = GuestMode.Long)
    {
        Guest guest = new GuestBuilder(mode, cpl).Flags(flags).Code(code).Load();
        Processor p = guest.Processor;
        if (mode is GuestMode.Long or GuestMode.Compatibility) p.ExtendedFeatures |= Efer.SCE;
        p.Msrs[Msr.Star] = Star;
        p.Msrs[Msr.Lstar] = p.Msrs[Msr.SysenterEip] = Target;
        p.Msrs[Msr.Fmask] = Eflags.IF;
        p.Msrs[Msr.SysenterCs] = 8;
        p.Msrs[Msr.SysenterEsp] = 0x5_0800;
        return guest;
    }
}
