using Vector20.Machine.Apic;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Tests.Events;

/// <summary>INIT and the start-up IPI.</summary>
[Manual("3A", "10.1.1", "Processor State After Reset")]
[Manual("3A", "9.4", "Multiple-Processor (MP) Initialization")]
public class InitTests
{
    [Theory]
    [InlineData(Cr0.CD | Cr0.NW)]
    [InlineData(Cr0.CD)]
    [InlineData(0ul)]
    public void INIT_resets_the_processor_but_keeps_CD_and_NW(ulong caching)
    {
        using Guest guest = new GuestBuilder(cpl: 3).Code(a => a.nop()).Load();
        guest.Processor.ControlRegister0 |= caching;
        guest.WithInit().Run(1);
        Processor p = guest.Processor;
        Assert.Equal(Cr0.ET | caching, p.ControlRegister0);
        Assert.Equal((0ul, 0ul, 0ul), (p.ControlRegister3, p.ControlRegister4, p.ExtendedFeatures));
        Assert.Equal((0xFFFF_0000ul, 0, 2ul), (p.Segment(SegmentName.Cs).Base, p.Cpl, p.Rflags));
        Assert.Equal(p.Model.Signature, p[2]);
        Assert.Equal(Dr7.Initial, p.DebugControl);
    }

    [Fact]
    [Manual("3A", "9.4.1", "BSP and AP Processors")]
    public void The_bootstrap_processor_starts_again_and_another_waits_for_its_start_up_IPI()
    {
        using Guest guest = new GuestBuilder(GuestMode.Real).Code(a => a.nop()).Load(new ComputerOptions { MemorySize = 4 << 20, Processors = 2 });
        Processor other = guest.Computer.Processors[1];
        guest.Enter(other);
        guest.WithInit().WithInit(other).Run(2);
        Assert.Equal((ActivityState.Active, ActivityState.WaitForSipi), (guest.Processor.Activity, other.Activity));
    }

    [Fact]
    [Manual("3A", "9.4.4", "MP Initialization Example")]
    public void A_start_up_IPI_starts_a_waiting_processor_at_its_page_in_real_mode()
    {
        using Guest guest = new GuestBuilder(GuestMode.Real).Code(a => a.nop()).Load(new ComputerOptions { MemorySize = 4 << 20, Processors = 2 });
        Processor other = guest.Computer.Processors[1];
        ((IApicClient)other).StartUp((byte)(GuestLayout.Code >> 12));
        guest.Run();
        Assert.Equal((ActivityState.Hlt, GuestLayout.Code >> 4), (other.Activity, (uint)other.Segment(SegmentName.Cs).Selector));
        Assert.Equal(GuestLayout.Code, other.Segment(SegmentName.Cs).Base);
    }

    [Fact]
    public void A_start_up_IPI_to_a_running_processor_is_lost()
    {
        using Guest guest = new GuestBuilder().Code(a => a.nop()).Load();
        ((IApicClient)guest.Processor).StartUp(8);
        guest.Run();
        Assert.True(guest.Finished);
        Assert.True(guest.Processor.Is64Bit);
    }

    [Fact]
    public void An_SMI_ends_the_run_with_a_line_that_names_it()
    {
        using Guest guest = new GuestBuilder().Code(a => a.nop()).Load();
        ((IApicClient)guest.Processor).Smi();
        guest.Run();
        Assert.Contains("SMI", guest.Processor.UnsupportedWhat, StringComparison.Ordinal);
    }
}
