using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>MOV to and from debug registers.</summary>
[Manual("2B", "4.3", "MOV—Move to/from Debug Registers")]
public class DebugRegisterTests
{
    [Fact]
    [Manual("3B", "18.2.2", "Debug Registers DR4 and DR5")]
    public void DR4_and_DR5_are_DR6_and_DR7_unless_debugging_extensions_are_on()
    {
        Processor p = Faults.After(a => { a.mov(rax, 0x155); a.mov(dr5, rax); a.mov(rcx, dr4); });
        Assert.Equal(0x555ul, p.DebugControl);
        Assert.Equal(Dr6.Initial, p[1]);
        using Guest guest = new GuestBuilder().ControlBits4(Cr4.DE).Code(a => a.mov(rax, dr4)).Load();
        Assert.Equal(Faults.InvalidOpcode, Faults.Of(guest));
    }

    [Fact]
    [Manual("3B", "18.2.4", "Debug Control Register (DR7)")]
    public void General_detect_raises_a_debug_exception_at_the_access()
    {
        using Guest guest = new GuestBuilder().Code(a => { a.mov(rax, Dr7.GD); a.mov(dr7, rax); a.mov(rcx, dr0); }).Load();
        Event fault = Faults.Of(guest)!.Value;
        Assert.Equal(((byte)ExceptionVector.Debug, Dr6.BD), (fault.Vector, fault.Payload));
    }

    [Theory]
    [InlineData(0xFFFF_FFFFul, false)]
    [InlineData(0x1_0000_0000ul, true)]
    public void The_upper_halves_of_DR6_and_DR7_are_reserved(ulong value, bool faults)
    {
        Assert.Equal(faults ? Faults.ProtectionZero : null, Faults.Of(0, a => { a.mov(rax, value & ~Dr7.GD); a.mov(dr7, rax); }));
        Assert.Equal(faults ? Faults.ProtectionZero : null, Faults.Of(0, a => { a.mov(rax, value); a.mov(dr6, rax); }));
    }

    [Fact]
    [Manual("3B", "18.2.3", "Debug Status Register (DR6)")]
    [Manual("3B", "18.2", "Debug Registers")]
    public void Fixed_bits_of_DR6_and_DR7_read_as_they_must()
    {
        Processor p = Faults.After(a => { a.xor(eax, eax); a.mov(dr6, rax); a.mov(dr7, rax); });
        Assert.Equal((0xFFFF_0FF0ul, 0x400ul), (p.DebugStatus, p.DebugControl));
    }

    [Fact]
    public void Debug_registers_are_for_CPL_0() => Assert.Equal(Faults.ProtectionZero, Faults.Of(3, a => a.mov(rax, dr0)));
}
