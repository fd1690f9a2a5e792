using Vector20.Machine.Apic;

namespace Vector20.Machine.Tests.Apic;

/// <summary>The pure decisions about vectors, over their whole input.</summary>
[Manual("3A", "11.5.2", "Valid Interrupt Vectors")]
public class AcceptanceTests
{
    [Theory]
    [InlineData(HardwareFaults.None, 16)]
    [InlineData(HardwareFaults.ApicAcceptsIllegalVectors, 0)]
    [InlineData(HardwareFaults.ApicRejectsReservedVectors, 32)]
    [InlineData(HardwareFaults.Ipi20AsException | HardwareFaults.BitmapSeesIpi, 16)]
    public void Fixed_and_lowest_priority_interrupts_are_requested_from_the_first_legal_vector_on(HardwareFaults faults, int first)
    {
        foreach (DeliveryMode mode in (ReadOnlySpan<DeliveryMode>)[DeliveryMode.Fixed, DeliveryMode.LowestPriority])
        {
            for (int vector = 0; vector < 256; vector++)
            {
                Assert.Equal(vector >= first ? Reception.Request : Reception.IllegalVector, Acceptance.Receive(mode, (byte)vector, faults));
                Assert.Equal(vector >= first ? ErrorStatus.None : ErrorStatus.SendIllegalVector, Acceptance.Send(mode, (byte)vector, true, faults));
            }
        }
    }

    [Fact]
    public void The_other_delivery_modes_have_no_vector_to_be_illegal()
    {
        for (DeliveryMode mode = DeliveryMode.Smi; mode <= DeliveryMode.ExtInt; mode++)
        {
            for (int vector = 0; vector < 256; vector++)
            {
                Assert.Equal(mode == DeliveryMode.Reserved ? Reception.Ignore : Reception.PassToProcessor, Acceptance.Receive(mode, (byte)vector));
                Assert.Equal(ErrorStatus.None, Acceptance.Send(mode, (byte)vector, true));
            }
        }
    }

    [Fact]
    [Manual("3A", "11.5.3", "Error Handling")]
    public void Where_lowest_priority_cannot_be_sent_that_is_the_only_error_whatever_the_vector()
    {
        for (int vector = 0; vector < 256; vector++)
        {
            Assert.Equal(ErrorStatus.RedirectableIpi, Acceptance.Send(DeliveryMode.LowestPriority, (byte)vector, false));
            Assert.NotEqual(ErrorStatus.RedirectableIpi, Acceptance.Send(DeliveryMode.Fixed, (byte)vector, false));
        }
    }
}
