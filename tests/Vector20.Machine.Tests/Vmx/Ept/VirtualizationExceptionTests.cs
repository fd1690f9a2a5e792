using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Tests.Vmx.Ept;

[Manual("3C", "26.5.7.1", "Convertible EPT Violations")]
[Manual("3C", "26.5.7.2", "Virtualization-Exception Information")]
[Manual("3C", "26.5.7.3", "Delivery of Virtualization Exceptions")]
public class VirtualizationExceptionTests
{
    private const SecondaryControls Ve = SecondaryControls.EnableEpt | SecondaryControls.EptViolationVe;

    [Fact]
    public void The_information_area_gets_34_bytes_and_no_more()
    {
        using var guest = new EptGuest();
        guest.P.Vmx.Secondary = Ve;
        guest.P.Vmx.Vmcs[VmcsField.EptpIndex] = 0xABCD;
        guest[1] = 0;
        var before = new byte[64];
        Array.Fill(before, (byte)0x77);
        before.AsSpan(4, 4).Clear();
        guest.Memory.Write(new PhysicalAddress(EptGuest.Area), before);

        Assert.Equal(ExceptionVector.Virtualization, guest.Access(AccessKind.Write).Vector);

        var area = new byte[64];
        guest.Memory.Read(new PhysicalAddress(EptGuest.Area), area);
        Assert.Equal(48u, BitConverter.ToUInt32(area, 0));
        Assert.Equal(0xFFFF_FFFFu, BitConverter.ToUInt32(area, 4));
        Assert.Equal(0x782ul & 0xFFF, BitConverter.ToUInt64(area, 8));
        Assert.Equal(EptGuest.Address, BitConverter.ToUInt64(area, 16));
        Assert.Equal(EptGuest.Address, BitConverter.ToUInt64(area, 24));
        Assert.Equal(0xABCD, BitConverter.ToUInt16(area, 32));
        Assert.Equal(before[34..], area[34..]);
    }

    [Fact]
    public void It_is_a_hardware_exception_without_error_code_whose_source_is_the_violation()
    {
        using var guest = new EptGuest();
        guest.P.Vmx.Secondary = Ve;
        guest[1] = 0;
        guest.Access(AccessKind.Read);
        Assert.Equal(new Event(EventType.HardwareException, 20, Source: EventSource.EptViolation), guest.P.Raised);
    }

    [Fact]
    public void The_first_VE_makes_the_next_violation_an_exit_until_software_clears_the_busy_word()
    {
        using var guest = new EptGuest();
        guest.P.Vmx.Secondary = Ve;
        guest[1] = 0;
        Assert.NotNull(guest.Access(AccessKind.Read).Vector);
        Assert.Equal(ExitReason.EptViolation, guest.Access(AccessKind.Read).Exit?.Reason);
        guest.Memory.Write(new PhysicalAddress(EptGuest.Area + 4), 0u);
        Assert.NotNull(guest.Access(AccessKind.Read).Vector);
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void Bit_63_counts_in_the_not_present_entry_met_and_in_no_entry_above_it(int level)
    {
        foreach (bool suppress in (ReadOnlySpan<bool>)[false, true])
        {
            using var guest = new EptGuest();
            guest.P.Vmx.Secondary = Ve;
            for (int above = level + 1; above <= 4; above++) guest[above] |= suppress ? 0 : EptEntry.SuppressVe;
            guest[level] = suppress ? EptEntry.SuppressVe : 0;
            Assert.Equal(!suppress, guest.Access(AccessKind.Read).Vector == ExceptionVector.Virtualization);
        }
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3)]
    public void Bit_63_counts_in_the_entry_that_maps_the_page_whichever_entry_forbids_the_access(int leaf)
    {
        for (int forbidding = leaf; forbidding <= 4; forbidding++)
        {
            foreach (bool suppress in (ReadOnlySpan<bool>)[false, true])
            {
                using var guest = new EptGuest(leaf);
                guest.P.Vmx.Secondary = Ve;
                for (int level = leaf; level <= 4; level++) guest[level] |= (level == leaf) == suppress ? EptEntry.SuppressVe : 0;
                guest[forbidding] &= ~EptEntry.Write;
                Assert.Equal(!suppress, guest.Access(AccessKind.Write).Vector == ExceptionVector.Virtualization);
            }
        }
    }

    [Fact]
    public void A_misconfiguration_is_never_a_VE()
    {
        using var guest = new EptGuest();
        guest.P.Vmx.Secondary = Ve;
        guest[1] = EptEntry.Write | EptEntry.Execute;
        VmExit exit = Assert.NotNull(guest.Access(AccessKind.Read).Exit);
        Assert.Equal((ExitReason.EptMisconfiguration, EptGuest.Address), (exit.Reason, exit.GuestPhysicalAddress));
    }

    [Theory]
    [InlineData(HardwareFaults.None, false)]
    [InlineData(HardwareFaults.VeDuringDelivery, true)]
    public void A_violation_while_an_event_is_delivered_exits(HardwareFaults faults, bool raises)
    {
        using var guest = new EptGuest(faults: faults);
        guest.P.Vmx.Secondary = Ve;
        guest.P.BeginDelivery(Event.Exception(ExceptionVector.PageFault, 0));
        guest[1] = 0;
        Assert.Equal(raises, guest.Access(AccessKind.Write).Vector is not null);
    }

    [Theory]
    [InlineData(HardwareFaults.None, false, false)]
    [InlineData(HardwareFaults.VeIgnoresSuppress, true, true)]
    [InlineData(HardwareFaults.VeWhenAdOff, false, true)]
    public void A_suppressed_violation_exits(HardwareFaults faults, bool raisesWithFlags, bool raisesWithout)
    {
        foreach (bool flags in (ReadOnlySpan<bool>)[false, true])
        {
            using var guest = new EptGuest(accessedAndDirty: flags, faults: faults);
            guest.P.Vmx.Secondary = Ve;
            guest[1] = EptEntry.SuppressVe;
            Assert.Equal(flags ? raisesWithFlags : raisesWithout, guest.Access(AccessKind.Read).Vector is not null);
        }
    }

    [Fact]
    public void With_CR0_PE_clear_it_exits()
    {
        using var guest = new EptGuest();
        guest.P.Vmx.Secondary = Ve;
        guest.P.ControlRegister0 = 0;
        guest[1] = 0;
        Assert.Equal(ExitReason.EptViolation, guest.Access(AccessKind.Read).Exit?.Reason);
    }
}
