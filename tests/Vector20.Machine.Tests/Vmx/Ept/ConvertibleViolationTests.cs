using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Tests.Vmx.Ept;

[Manual("3C", "26.5.7.1", "Convertible EPT Violations")]
public class ConvertibleViolationTests
{
    private const HardwareFaults Relevant =
        HardwareFaults.VeIgnoresSuppress | HardwareFaults.VeWhenAdOff | HardwareFaults.VeIgnoresBusy | HardwareFaults.VeDuringDelivery;

    /// <summary>Every value of every condition.</summary>
    private static IEnumerable<ViolationConditions> Conditions =>
        from bits in Enumerable.Range(0, 32)
        from busy in (uint[])[0, 1, 0x8000_0000, uint.MaxValue]
        select new ViolationConditions((bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0, busy, (bits & 16) != 0);

    [Fact]
    public void A_violation_becomes_VE_only_if_every_condition_of_the_manual_holds()
    {
        foreach (ViolationConditions c in Conditions)
        {
            string[] against =
            [
                .. c.EptViolationVe ? (string[])[] : ["the control is 0"],
                .. c.SuppressVe ? (string[])["bit 63 is 1"] : [],
                .. c.ProtectionEnabled ? (string[])[] : ["CR0.PE is 0"],
                .. c.Delivering ? (string[])["an event is being delivered"] : [],
                .. c.Busy != 0 ? (string[])["the information area is busy"] : [],
            ];
            Assert.Equal(against.Length == 0, ConvertibleViolations.Decide(c) == ViolationOutcome.VirtualizationException);
        }
    }

    [Theory]
    [InlineData(HardwareFaults.VeIgnoresSuppress)]
    [InlineData(HardwareFaults.VeWhenAdOff)]
    [InlineData(HardwareFaults.VeIgnoresBusy)]
    [InlineData(HardwareFaults.VeDuringDelivery)]
    public void Each_hardware_fault_lifts_its_one_condition_and_no_other(HardwareFaults fault)
    {
        int lifted = 0;
        foreach (ViolationConditions c in Conditions)
        {
            ViolationConditions cured = fault switch
            {
                HardwareFaults.VeIgnoresSuppress => c with { SuppressVe = false },
                HardwareFaults.VeWhenAdOff => c with { SuppressVe = c.SuppressVe && c.AccessedAndDirty },
                HardwareFaults.VeIgnoresBusy => c with { Busy = 0 },
                _ => c with { Delivering = false },
            };
            Assert.Equal(ConvertibleViolations.Decide(cured), ConvertibleViolations.Decide(c, fault));
            if (ConvertibleViolations.Decide(c, fault) != ConvertibleViolations.Decide(c)) lifted++;
        }

        Assert.NotEqual(0, lifted);
    }

    [Fact]
    public void Without_the_control_or_protection_no_fault_makes_a_VE()
    {
        foreach (ViolationConditions c in Conditions)
            if (!c.EptViolationVe || !c.ProtectionEnabled) Assert.Equal(ViolationOutcome.Exit, ConvertibleViolations.Decide(c, Relevant));
    }
}
