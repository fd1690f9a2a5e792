using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx;

/// <summary>Which VM exits save pending debug exceptions: a few that come before debug traps, and those under blocking by MOV SS. Every other saves the field as clear.</summary>
[Manual("3C", "28.3.4", "Saving Non-Register State")]
public class PendingDebugExitTests
{
    private const uint Watched = GuestLayout.Data + 0x2008;
    private const ulong MetAndEnabled = 1 | 1 << 12;

    /// <summary>SS is pushed where a breakpoint watches, and the page below, where RFLAGS would be pushed, is not present.</summary>
    [Fact]
    public void A_breakpoint_met_in_the_delivery_that_an_exit_cuts_short_is_lost()
    {
        using VmxGuest guest = VmxGuest.Run(
            a => { Watch(a); a.mov(rsp, Watched + 8); a.@int(0x40); },
            v => v[VmcsField.ExceptionBitmap] = 1 << 14,
            new GuestBuilder().Paging(GuestPaging.FourLevel).Page(Watched - 0x1000, 0));
        Assert.Equal(ExitReason.ExceptionOrNmi, guest.Reason);
        Assert.Equal(0x8000_0440ul, guest.Last[VmcsField.IdtVectoringInformation]);
        Assert.Equal(0ul, guest.Last[VmcsField.GuestPendingDebugExceptions]);
    }

    [Fact]
    public void The_monitor_trap_flag_exits_before_the_trap_and_leaves_it_pending()
    {
        using VmxGuest guest = VmxGuest.Build(a => { Watch(a); a.mov(__qword_ptr[Watched], rax); }, v => v.Set(ProcessorBasedControls.MonitorTrapFlag));
        guest.OnExit = g => { if (g.Last[VmcsField.GuestPendingDebugExceptions] != 0) g.Stay(); };
        guest.Run();
        Assert.Equal(ExitReason.MonitorTrapFlag, guest.Reason);
        Assert.Equal(MetAndEnabled, guest.Last[VmcsField.GuestPendingDebugExceptions]);
    }

    [Fact]
    public void MOV_SS_holds_the_trap_back_over_an_instruction_that_exits()
    {
        using VmxGuest guest = VmxGuest.Run(a => { a.mov(__word_ptr[Watched], ss); Watch(a); a.mov(ss, __word_ptr[Watched]); a.cpuid(); });
        Assert.Equal(ExitReason.Cpuid, guest.Reason);
        Assert.Equal(MetAndEnabled, guest.Last[VmcsField.GuestPendingDebugExceptions]);
    }

    private static void Watch(Assembler a)
    {
        const int AnyAccessOf8Bytes = 0b1011 << 16, Global = 2;
        a.mov(eax, Watched);
        a.mov(dr0, rax);
        a.mov(eax, AnyAccessOf8Bytes | Global);
        a.mov(dr7, rax);
    }
}
