using Vector20.Machine.Apic;

namespace Vector20.Machine.Tests.Apic;

/// <summary>How registers are reached: the page, the MSRs, and what is refused.</summary>
public class RegisterAccessTests
{
    [Fact]
    [Manual("3A", "11.5.3", "Error Handling")]
    public void In_the_page_a_reserved_address_sets_illegal_register_address_and_an_existing_one_does_not()
    {
        for (int offset = 0; offset < 0x1000; offset += 16)
        {
            bool exists = offset is 0x20 or 0x30 or (>= 0x80 and <= 0xF0) or (>= 0x100 and <= 0x280) or (>= 0x2F0 and <= 0x390) or 0x3E0;
            LocalApic apic = new ApicFixture(1).Apics[0];
            apic.Read(offset, 4);
            Assert.Equal(exists ? ErrorStatus.None : ErrorStatus.IllegalRegisterAddress, apic.ReadErrors());
            if (exists) continue;
            apic.Write(offset, 4, 1);
            Assert.Equal(ErrorStatus.IllegalRegisterAddress, apic.ReadErrors());
        }
    }

    [Fact]
    [Manual("3A", "11.4.1", "The Local APIC Block Diagram")]
    public void In_the_page_only_whole_registers_are_written_and_any_part_is_read()
    {
        LocalApic apic = new ApicFixture(1).Apics[0];
        apic.Set(ApicRegister.LvtThermal, 0x1_0041);
        Assert.Equal(0x41ul, apic.Read(0x330, 1));
        Assert.Equal(0x01ul, apic.Read(0x332, 1));
        Assert.Equal(0x1_0041ul, apic.Read(0x330, 8));
        Assert.Equal(0ul, apic.Read(0x334, 4));
        apic.Write(0x330, 1, 0x55);
        apic.Write(0x331, 4, 0x55);
        apic.Write(0x334, 4, 0x55);
        Assert.Equal(0x1_0041u, apic.Get(ApicRegister.LvtThermal));
        apic.Write(0x330, 8, 0xFFFF_FFFF_0001_0066);
        Assert.Equal(0x1_0066u, apic.Get(ApicRegister.LvtThermal));
    }

    [Fact]
    [Manual("3A", "11.12.1.2", "x2APIC Register Address Space")]
    public void As_MSRs_each_register_can_be_read_written_both_or_neither()
    {
        uint[] readable = [0x802, 0x803, 0x808, 0x80A, 0x80D, 0x80F, 0x828, 0x82F, 0x830, 0x832, 0x833, 0x834, 0x835, 0x836, 0x837, 0x838, 0x839, 0x83E,
            .. Enumerable.Range(0x810, 24).Select(i => (uint)i)];
        uint[] writable = [0x808, 0x80B, 0x80F, 0x828, 0x82F, 0x830, 0x832, 0x833, 0x834, 0x835, 0x836, 0x837, 0x838, 0x83E, 0x83F];
        LocalApic apic = new ApicFixture(1, x2: true).Apics[0];
        for (uint msr = 0x800; msr < 0x900; msr++)
        {
            Assert.Equal(readable.Contains(msr), apic.ReadMsr(msr, out _));
            Assert.Equal(writable.Contains(msr), apic.WriteMsr(msr, 0));
        }
    }

    [Fact]
    [Manual("3A", "11.12.1.2", "x2APIC Register Address Space")]
    public void The_MSRs_are_there_in_x2APIC_mode_only()
    {
        LocalApic apic = new ApicFixture(1).Apics[0];
        for (uint msr = 0x800; msr < 0x900; msr++)
        {
            Assert.False(apic.ReadMsr(msr, out _));
            Assert.False(apic.WriteMsr(msr, 0));
        }
    }

    [Theory]
    [InlineData(0x808u, 0xFFul)]
    [InlineData(0x80Bu, 0ul)]
    [InlineData(0x80Fu, 0x13FFul)]
    [InlineData(0x828u, 0ul)]
    [InlineData(0x82Fu, 0x1_17FFul)]
    [InlineData(0x830u, 0xFFFF_FFFF_000C_DFFFul)]
    [InlineData(0x832u, 0x7_10FFul)]
    [InlineData(0x833u, 0x1_17FFul)]
    [InlineData(0x835u, 0x1_F7FFul)]
    [InlineData(0x837u, 0x1_10FFul)]
    [InlineData(0x838u, 0xFFFF_FFFFul)]
    [InlineData(0x83Eu, 0xBul)]
    [InlineData(0x83Fu, 0xFFul)]
    [Manual("3A", "11.12.1.3", "Reserved Bit Checking")]
    public void Writing_a_reserved_bit_of_an_MSR_faults(uint msr, ulong defined)
    {
        for (int bit = 0; bit < 64; bit++)
        {
            LocalApic apic = new ApicFixture(1, x2: true).Apics[0];
            Assert.Equal((defined >> bit & 1) != 0, apic.WriteMsr(msr, 1ul << bit));
        }
    }

    [Fact]
    [Manual("3A", "11.5.3", "Error Handling")]
    public void The_ESR_shows_at_each_write_the_errors_since_the_one_before()
    {
        LocalApic apic = new ApicFixture(1).Apics[0];
        apic.Send(DeliveryMode.Fixed, 5, destination: 9);
        Assert.Equal(0u, apic.Get(ApicRegister.ErrorStatus));
        apic.Set(ApicRegister.ErrorStatus, 0);
        Assert.Equal((uint)ErrorStatus.SendIllegalVector, apic.Get(ApicRegister.ErrorStatus));
        apic.Read(0, 4);
        Assert.Equal((uint)ErrorStatus.SendIllegalVector, apic.Get(ApicRegister.ErrorStatus));
        apic.Set(ApicRegister.ErrorStatus, 0);
        Assert.Equal((uint)ErrorStatus.IllegalRegisterAddress, apic.Get(ApicRegister.ErrorStatus));
        apic.Set(ApicRegister.ErrorStatus, 0xFFFF_FFFF);
        Assert.Equal(0u, apic.Get(ApicRegister.ErrorStatus));
    }

    [Fact]
    [Manual("3A", "11.5.3", "Error Handling")]
    public void An_error_interrupts_through_its_LVT_entry_once_until_the_ESR_is_written()
    {
        LocalApic apic = new ApicFixture(1).Apics[0];
        apic.Set(ApicRegister.LvtError, 0x40);
        apic.Send(DeliveryMode.Fixed, 5, destination: 9);
        Assert.Equal(0x40, apic.AcknowledgeInterrupt().Vector);
        apic.Set(ApicRegister.EndOfInterrupt, 0);
        apic.Send(DeliveryMode.Fixed, 5, destination: 9);
        Assert.False(apic.HasDeliverableInterrupt);
        apic.Set(ApicRegister.ErrorStatus, 0);
        apic.Send(DeliveryMode.Fixed, 5, destination: 9);
        Assert.True(apic.HasDeliverableInterrupt);
    }

    [Fact]
    public void An_error_entry_with_an_illegal_vector_is_one_more_error_and_no_endless_one()
    {
        LocalApic apic = new ApicFixture(1).Apics[0];
        apic.Set(ApicRegister.LvtError, 3);
        Assert.Equal(ErrorStatus.ReceiveIllegalVector, apic.ReadErrors());
        apic.Read(0, 4);
        Assert.Equal(ErrorStatus.ReceiveIllegalVector | ErrorStatus.IllegalRegisterAddress, apic.ReadErrors());
    }
}
