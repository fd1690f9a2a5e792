using Vector20.Machine.Apic;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Tests.Scheduling;

namespace Vector20.Machine.Tests.Apic;

/// <summary>What an observer is told of an IPI's way from the ICR to the handler.</summary>
public class StepTests
{
    [Theory]
    [InlineData(20, "vector 20 is reserved but valid: IRR[20] set, ESR 0H")]
    [InlineData(200, "vector 200 is valid: IRR[200] set, ESR 0H")]
    public void A_valid_IPI_is_accepted_acknowledged_and_delivered(byte vector, string why)
    {
        IReadOnlyList<EventStep> steps = StepsOf(DeliveryMode.Fixed, vector, DestinationShorthand.Self);
        Assert.Equal(EventStepKind.Sent, steps[0].Kind);
        Assert.Equal((uint)vector, steps.First(step => step.Kind == EventStepKind.Accepted).Message);
        Assert.Equal(why, steps.First(step => step.Kind == EventStepKind.Accepted).Why);
        EventStepKind[] kinds = [.. steps.Select(step => step.Kind).Where(kind => kind is EventStepKind.Accepted or EventStepKind.Acknowledged or EventStepKind.Delivered)];
        Assert.Equal([EventStepKind.Accepted, EventStepKind.Acknowledged, EventStepKind.Delivered], kinds);
        Assert.All(steps, step => Assert.Equal((vector, EventSource.InterProcessorInterrupt), (step.Event.Vector, step.Event.Source)));
    }

    [Fact]
    public void An_illegal_IPI_is_refused_at_both_ends_and_goes_no_further()
    {
        IReadOnlyList<EventStep> steps = StepsOf(DeliveryMode.Fixed, 5, DestinationShorthand.Self);
        Assert.Equal([(EventStepKind.Refused, (ulong)ErrorStatus.SendIllegalVector), (EventStepKind.Sent, 0), (EventStepKind.Refused, (ulong)ErrorStatus.ReceiveIllegalVector)],
            steps.Select(step => (step.Kind, step.Value)));
    }

    [Theory]
    [InlineData(DeliveryMode.Nmi, DestinationShorthand.Self, "a shorthand that includes the sender is valid with fixed delivery only: nothing is sent")]
    [InlineData(DeliveryMode.ExtInt, DestinationShorthand.None, "the delivery mode is reserved in the ICR: nothing is sent")]
    public void A_command_that_sends_nothing_says_why(DeliveryMode mode, DestinationShorthand shorthand, string why) =>
        Assert.Equal([why], StepsOf(mode, 0, shorthand).Select(step => step.Why));

    private static IReadOnlyList<EventStep> StepsOf(DeliveryMode mode, byte vector, DestinationShorthand shorthand)
    {
        using Guest guest = new GuestBuilder().Code(a =>
        {
            a.EnableX2Apic();
            a.sti();
            a.WriteMsr(0x830, InterruptCommand.MakeX2(mode, vector, shorthand).Value);
        }).Load();
        var recorder = new EventRecorder();
        guest.Computer.EventObserver = recorder;
        guest.Run();
        return recorder.Steps;
    }
}
