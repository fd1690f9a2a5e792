using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx;

public class IoAndMsrExitTests
{
    private const ulong BitmapA = VmxGuest.HostPages, BitmapB = VmxGuest.HostPages + 0x1000, MsrBitmap = VmxGuest.HostPages + 0x2000;

    [Fact]
    [Manual("3C", "28.2.1", "Basic VM-Exit Information")]
    public void OUT_to_an_immediate_port_says_so()
    {
        using VmxGuest guest = VmxGuest.Run(a => a.@out(0x80, al), Unconditional);
        guest.AssertExit(ExitReason.IoInstruction, 0x80 << 16 | 1 << 6, 2);
    }

    [Fact]
    public void IN_from_DX_reports_size_and_direction()
    {
        using VmxGuest guest = VmxGuest.Run(a => { a.mov(dx, 0xCFC); a.@in(eax, dx); }, Unconditional);
        guest.AssertExit(ExitReason.IoInstruction, 0xCFCul << 16 | 1 << 3 | 3, 1);
    }

    [Fact]
    public void REP_OUTS_reports_the_address_of_its_memory_operand()
    {
        using VmxGuest guest = VmxGuest.Run(a => { a.mov(dx, 0x3F8); a.mov(esi, (int)GuestLayout.Data); a.mov(ecx, 3); a.rep.outsw(); }, Unconditional);
        guest.AssertExit(ExitReason.IoInstruction, 0x3F8ul << 16 | 1 << 5 | 1 << 4 | 1, 3, 2 << 7 | 3 << 15);
        Assert.Equal(GuestLayout.Data, guest.Last[VmcsField.GuestLinearAddress]);
        Assert.Equal(3ul, guest.Processor[1]);
    }

    [Fact]
    public void Without_the_controls_ports_do_not_exit()
    {
        using VmxGuest guest = VmxGuest.Run(a => a.@out(0x80, al));
        guest.AssertNoExit();
    }

    [Theory]
    [InlineData(0x70, 0x70, true)]
    [InlineData(0x70, 0x71, true)]
    [InlineData(0x70, 0x72, false)]
    [InlineData(0x9000, 0x9001, true)]
    [InlineData(0x9000, 0x8FFF, false)]
    [InlineData(0x7FFF, 0x8000, true)]
    [Manual("3C", "25.6.4", "I/O-Bitmap Addresses")]
    public void The_bitmaps_choose_ports_and_every_port_of_an_access_counts(int accessed, int intercepted, bool exits)
    {
        using VmxGuest guest = VmxGuest.Build(a => { a.mov(dx, (ushort)accessed); a.@out(dx, ax); }, UseBitmaps);
        Intercept(guest, intercepted < 0x8000 ? BitmapA : BitmapB, intercepted & 0x7FFF);
        guest.Run();
        Assert.Equal(exits ? 1 : 0, guest.Exits.Count);
    }

    [Fact]
    [Manual("3C", "26.1.3", "Instructions That Cause VM Exits Conditionally")]
    public void An_access_that_wraps_around_the_port_space_exits_whatever_the_bitmaps_say()
    {
        using VmxGuest guest = VmxGuest.Run(a => { a.mov(dx, 0xFFFF); a.@out(dx, ax); }, UseBitmaps);
        guest.AssertExit(ExitReason.IoInstruction, 0xFFFFul << 16 | 1, 2);
    }

    [Theory]
    [InlineData(0x10u, 0x10, false, true)]
    [InlineData(0x10u, 0x11, false, false)]
    [InlineData(0xC000_0080u, 1024 * 8 + 0x80, false, true)]
    [InlineData(0xC000_0080u, 0x80, false, false)]
    [InlineData(0xC000_0080u, 3072 * 8 + 0x80, true, true)]
    [InlineData(0xC000_0080u, 1024 * 8 + 0x80, true, false)]
    [InlineData(0x174u, 2048 * 8 + 0x174, true, true)]
    [InlineData(0x174u, 0x174, true, false)]
    [Manual("3C", "25.6.9", "MSR-Bitmap Address")]
    public void The_MSR_bitmaps_are_four_by_address_and_direction(uint msr, int bit, bool write, bool exits)
    {
        using VmxGuest guest = VmxGuest.Build(a =>
        {
            a.mov(ecx, msr);
            a.mov(eax, 0xD00);
            a.xor(edx, edx);
            if (write) a.wrmsr();
            else a.rdmsr();
        }, UseMsrBitmap);
        Intercept(guest, MsrBitmap, bit);
        guest.Run();
        if (exits) guest.AssertExit(write ? ExitReason.Wrmsr : ExitReason.Rdmsr, 0, 2);
        else guest.AssertNoExit();
    }

    [Fact]
    public void Without_bitmaps_every_MSR_exits_and_with_them_those_beyond_their_ranges()
    {
        using VmxGuest without = VmxGuest.Run(a => { a.mov(ecx, 0x10); a.rdmsr(); });
        without.AssertExit(ExitReason.Rdmsr, 0, 2);
        using VmxGuest beyond = VmxGuest.Run(a => { a.mov(ecx, 0x2000); a.rdmsr(); }, UseMsrBitmap);
        beyond.AssertExit(ExitReason.Rdmsr, 0, 2);
    }

    private static void Unconditional(Vmcs vmcs) => vmcs.Set(ProcessorBasedControls.UnconditionalIoExiting);

    private static void UseBitmaps(Vmcs vmcs)
    {
        vmcs.Set(ProcessorBasedControls.UseIoBitmaps | ProcessorBasedControls.UnconditionalIoExiting);
        vmcs[VmcsField.IoBitmapA] = BitmapA;
        vmcs[VmcsField.IoBitmapB] = BitmapB;
    }

    private static void UseMsrBitmap(Vmcs vmcs)
    {
        vmcs.Set(ProcessorBasedControls.UseMsrBitmaps);
        vmcs[VmcsField.MsrBitmaps] = MsrBitmap;
    }

    private static void Intercept(VmxGuest guest, ulong bitmap, int bit) => guest.Memory.Write(new PhysicalAddress(bitmap + (uint)bit / 8), (byte)(1 << (bit & 7)));
}
