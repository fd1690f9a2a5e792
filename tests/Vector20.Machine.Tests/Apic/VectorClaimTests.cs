using Vector20.Machine.Apic;
using Vector20.Machine.Events;

namespace Vector20.Machine.Tests.Apic;

/// <summary>Claims C1 to C5 at the local APIC: which vectors it takes, and what it says of the others.</summary>
[Manual("3A", "11.5.2", "Valid Interrupt Vectors")]
public class VectorClaimTests
{
    [Theory, InlineData(false), InlineData(true)]
    public void C1_an_IPI_with_a_reserved_vector_16_to_31_is_accepted_and_delivered(bool x2)
    {
        for (int vector = 16; vector < 32; vector++)
        {
            var machine = new ApicFixture(2, x2);
            machine.Apics[0].Send(DeliveryMode.Fixed, (byte)vector, destination: 1);
            Assert.True(machine.Apics[1].Requests((byte)vector));
            Assert.True(machine.Apics[1].HasDeliverableInterrupt);
            Assert.Equal(new InterruptAcknowledge((byte)vector, EventSource.InterProcessorInterrupt), machine.Apics[1].AcknowledgeInterrupt());
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public void C2_of_256_vectors_240_are_valid_interrupts(bool x2)
    {
        Assert.Equal(Enumerable.Range(16, 240), Delivered(x2, HardwareFaults.None));
    }

    [Fact]
    public void C2_fails_when_the_hardware_accepts_illegal_vectors() =>
        Assert.Equal(Enumerable.Range(0, 256), Delivered(false, HardwareFaults.ApicAcceptsIllegalVectors));

    [Fact]
    public void C1_fails_when_the_hardware_rejects_reserved_vectors() =>
        Assert.Equal(Enumerable.Range(32, 224), Delivered(false, HardwareFaults.ApicRejectsReservedVectors));

    [Theory, InlineData(false), InlineData(true)]
    public void C3_an_IPI_with_vector_0_to_15_sets_send_illegal_vector_here_receive_illegal_vector_there_and_delivers_nothing(bool x2)
    {
        for (int vector = 0; vector < 16; vector++)
        {
            var machine = new ApicFixture(2, x2);
            machine.Apics[0].Send(DeliveryMode.Fixed, (byte)vector, destination: 1);
            Assert.Equal(ErrorStatus.SendIllegalVector, machine.Apics[0].ReadErrors());
            Assert.Equal(ErrorStatus.ReceiveIllegalVector, machine.Apics[1].ReadErrors());
            Assert.False(machine.Apics[1].Requests((byte)vector));
            Assert.False(machine.Apics[1].HasDeliverableInterrupt);
        }
    }

    [Fact]
    public void C3_a_self_IPI_with_an_illegal_vector_sets_both_bits()
    {
        var machine = new ApicFixture(1, x2: true);
        Assert.True(machine.Apics[0].WriteMsr(0x83F, 5));
        Assert.Equal(ErrorStatus.SendIllegalVector | ErrorStatus.ReceiveIllegalVector, machine.Apics[0].ReadErrors());
    }

    [Theory, InlineData(false), InlineData(true)]
    public void C4_vectors_16_to_31_set_no_error_bit(bool x2)
    {
        for (int vector = 16; vector < 32; vector++)
        {
            var machine = new ApicFixture(2, x2);
            machine.Apics[0].Send(DeliveryMode.Fixed, (byte)vector, destination: 1);
            machine.Apics[1].Set(ApicRegister.LvtTimer, (uint)vector);
            Assert.All(machine.Apics, apic => Assert.Equal(ErrorStatus.None, apic.ReadErrors()));
        }
    }

    [Theory]
    [MemberData(nameof(LvtRegisters))]
    public void C5_writing_an_LVT_entry_with_an_illegal_vector_signals_at_once_masked_or_not(ApicRegister register, bool x2)
    {
        for (uint vector = 0; vector < 32; vector++)
        {
            foreach (uint mask in (ReadOnlySpan<uint>)[0, LocalVector.Mask])
            {
                var machine = new ApicFixture(1, x2);
                machine.Apics[0].Set(register, vector | mask);
                Assert.Equal(vector < 16 ? ErrorStatus.ReceiveIllegalVector : ErrorStatus.None, machine.Apics[0].ReadErrors());
            }
        }
    }

    [Fact]
    public void C5_is_about_fixed_delivery_only()
    {
        var machine = new ApicFixture(1);
        machine.Apics[0].Set(ApicRegister.LvtLint0, (uint)DeliveryMode.Nmi << 8);
        Assert.Equal(ErrorStatus.None, machine.Apics[0].ReadErrors());
    }

    [Fact]
    public void C5_is_a_choice_of_the_model_that_may_be_off_and_then_the_interrupt_itself_signals()
    {
        var machine = new ApicFixture(1, options: new ApicOptions { LvtWriteSignalsIllegalVector = false });
        machine.Apics[0].Set(ApicRegister.LvtTimer, 5);
        Assert.Equal(ErrorStatus.None, machine.Apics[0].ReadErrors());
        machine.Apics[0].Set(ApicRegister.InitialCount, 100);
        machine.Pass(200);
        Assert.Equal(ErrorStatus.ReceiveIllegalVector, machine.Apics[0].ReadErrors());
    }

    public static TheoryData<ApicRegister, bool> LvtRegisters()
    {
        var data = new TheoryData<ApicRegister, bool>();
        ApicRegister[] registers = [ApicRegister.LvtCmci, ApicRegister.LvtTimer, ApicRegister.LvtThermal, ApicRegister.LvtPerformance,
            ApicRegister.LvtLint0, ApicRegister.LvtLint1, ApicRegister.LvtError];
        foreach (ApicRegister register in registers)
        {
            data.Add(register, false);
            data.Add(register, true);
        }

        return data;
    }

    private static IEnumerable<int> Delivered(bool x2, HardwareFaults faults) => Enumerable.Range(0, 256).Where(vector =>
    {
        var machine = new ApicFixture(2, x2, faults: faults);
        machine.Apics[0].Send(DeliveryMode.Fixed, (byte)vector, destination: 1);
        return machine.Apics[1].HasDeliverableInterrupt && machine.Apics[1].AcknowledgeInterrupt().Vector == vector;
    });
}
