using Vector20.Machine.Apic;

namespace Vector20.Machine.Tests.Apic;

/// <summary>The registers after power-up and INIT, and the software-disabled state.</summary>
[Manual("3A", "11.4.7", "Local APIC State")]
public class ResetStateTests
{
    [Fact]
    [Manual("3A", "11.4.7.1", "Local APIC State After Power-Up or Reset")]
    [Manual("3A", "11.4.8", "Local APIC Version Register")]
    public void After_power_up_the_registers_are_as_the_manual_lists()
    {
        var fabric = new ApicFabric();
        var apic = new LocalApic(0, new RecordingProcessor(), new ApicFixture(1), fabric, new ApicOptions());
        Assert.Equal(0xFEE0_0900ul, apic.BaseAddressRegister);
        AssertReset(apic);
        var second = new LocalApic(5, new RecordingProcessor(), new ApicFixture(1), fabric, new ApicOptions());
        Assert.Equal(0xFEE0_0800ul, second.BaseAddressRegister);
        Assert.Equal(0x0500_0000u, second.Get(ApicRegister.Id));
    }

    [Theory, InlineData(false), InlineData(true)]
    [Manual("3A", "11.4.7.3", "Local APIC State After an INIT Reset (“Wait-for-SIPI” State)")]
    public void INIT_keeps_mode_and_ID_and_resets_the_rest(bool x2)
    {
        LocalApic apic = new ApicFixture(4, x2).Apics[3];
        apic.Set(ApicRegister.LvtError, 0x41);
        apic.Set(ApicRegister.TaskPriority, 0x20);
        apic.Set(ApicRegister.InitialCount, 1000);
        apic.Receive(new ApicMessage(DeliveryMode.Fixed, 0x90));
        ulong before = apic.BaseAddressRegister;
        apic.Init();
        Assert.Equal(before, apic.BaseAddressRegister);
        Assert.Equal(x2 ? 3u : 0x0300_0000, apic.Get(ApicRegister.Id));
        if (x2) Assert.Equal(8u, apic.Get(ApicRegister.LogicalDestination));
        else AssertReset(apic);
        Assert.Equal(0x1_0000u, apic.Get(ApicRegister.LvtError));
        Assert.False(apic.HasDeliverableInterrupt);
    }

    [Theory, InlineData(false), InlineData(true)]
    [Manual("3A", "11.4.7.2", "Local APIC State After It Has Been Software Disabled")]
    public void Software_disabling_masks_the_LVT_for_as_long_as_it_lasts(bool x2)
    {
        LocalApic apic = new ApicFixture(1, x2).Apics[0];
        apic.Set(ApicRegister.LvtTimer, 0x41);
        apic.Receive(new ApicMessage(DeliveryMode.Fixed, 0x90));
        apic.Set(ApicRegister.SpuriousInterruptVector, 0xFF);
        Assert.Equal(0x1_0041u, apic.Get(ApicRegister.LvtTimer));
        apic.Set(ApicRegister.LvtTimer, 0x42);
        Assert.Equal(0x1_0042u, apic.Get(ApicRegister.LvtTimer));
        Assert.True(apic.HasDeliverableInterrupt);
        apic.Set(ApicRegister.SpuriousInterruptVector, 0x1FF);
        Assert.Equal(0x1_0042u, apic.Get(ApicRegister.LvtTimer));
        apic.Set(ApicRegister.LvtTimer, 0x42);
        Assert.Equal(0x42u, apic.Get(ApicRegister.LvtTimer));
    }

    internal static void AssertReset(LocalApic apic)
    {
        Assert.Equal(0xFFu, apic.Get(ApicRegister.SpuriousInterruptVector));
        Assert.Equal(uint.MaxValue, apic.Get(ApicRegister.DestinationFormat));
        Assert.Equal(0x0106_0015u, apic.Get(ApicRegister.Version));
        ApicRegister[] zero = [ApicRegister.TaskPriority, ApicRegister.ProcessorPriority, ApicRegister.LogicalDestination, ApicRegister.ErrorStatus,
            ApicRegister.InterruptCommandLow, ApicRegister.InterruptCommandHigh, ApicRegister.InitialCount, ApicRegister.CurrentCount, ApicRegister.DivideConfiguration];
        Assert.All(zero, register => Assert.Equal(0u, apic.Get(register)));
        for (int offset = 0x100; offset < 0x280; offset += 0x10) Assert.Equal(0u, apic.Get((ApicRegister)offset));
        ApicRegister[] lvt = [ApicRegister.LvtCmci, ApicRegister.LvtTimer, ApicRegister.LvtThermal, ApicRegister.LvtPerformance, ApicRegister.LvtLint0,
            ApicRegister.LvtLint1, ApicRegister.LvtError];
        Assert.All(lvt, register => Assert.Equal(LocalVector.Mask, apic.Get(register)));
    }
}
