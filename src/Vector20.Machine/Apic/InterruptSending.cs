using Vector20.Machine.Events;

namespace Vector20.Machine.Apic;

/// <summary>Inter-processor interrupts: writes of the ICR and of SELF IPI.</summary>
[Manual("3A", "11.6", "Issuing Interprocessor Interrupts")]
internal static class InterruptSending
{
    /// <summary>A write of the ICR's low half sends. Errors are detected at the sender, and the receiver has its own.</summary>
    public static void WriteCommand(LocalApic apic, ulong value)
    {
        apic.State.InterruptCommand = apic.Mode == ApicMode.X2Apic ? value : value & InterruptCommand.Writable;
        Perform(apic, new InterruptCommand(value));
    }

    /// <summary>Sends what a command says. The ICR stays as it is: the processor itself sends so too.</summary>
    public static void Perform(LocalApic apic, InterruptCommand command)
    {
        bool x2 = apic.Mode == ApicMode.X2Apic;
        ErrorStatus error = Acceptance.Send(command.Mode, command.Vector, apic.Options.SendsLowestPriority, apic.Faults);
        ErrorReporting.Detect(apic, error, command.Vector);
        if (error == ErrorStatus.RedirectableIpi) return;
        if (command.IsInitLevelDeassert || !IsValid(command))
        {
            ApicSteps.NotSent(apic, command);
            return;
        }

        uint destination = x2 ? command.X2ApicDestination : command.XApicDestination;
        bool all = destination == (x2 ? uint.MaxValue : 0xFF);
        ApicSteps.Sent(apic, command, destination);
        Send(apic, command.Shorthand, new ApicMessage(command.Mode, command.Vector, destination, command.Logical, all));
    }

    /// <summary>SELF IPI, in x2APIC mode only: fixed, edge-triggered, to this APIC.</summary>
    [Manual("3A", "11.12.11", "SELF IPI Register")]
    public static void SelfIpi(LocalApic apic, byte vector)
    {
        ErrorReporting.Detect(apic, Acceptance.Send(DeliveryMode.Fixed, vector, true, apic.Faults), vector);
        ApicSteps.Sent(apic, InterruptCommand.MakeX2(DeliveryMode.Fixed, vector, DestinationShorthand.Self), 0);
        apic.Receive(new ApicMessage(DeliveryMode.Fixed, vector));
    }

    /// <summary>
    /// Which commands send anything. The level trigger mode is overridden by edge; reserved delivery modes, and modes other than fixed
    /// with a shorthand that includes the sender, are invalid and send nothing.
    /// </summary>
    [Manual("3A", "11.6.1", "Interrupt Command Register (ICR)")]
    public static bool IsValid(InterruptCommand command)
    {
        if (command.Mode is DeliveryMode.Reserved or DeliveryMode.ExtInt) return false;
        return command.Mode == DeliveryMode.Fixed || command.Shorthand is DestinationShorthand.None or DestinationShorthand.AllExcludingSelf;
    }

    private static void Send(LocalApic apic, DestinationShorthand shorthand, in ApicMessage message)
    {
        switch (shorthand)
        {
            case DestinationShorthand.None:
                apic.Fabric.Send(message);
                break;
            case DestinationShorthand.Self:
                apic.Receive(message);
                break;
            default:
                apic.Fabric.Send(message with { Broadcast = true }, shorthand == DestinationShorthand.AllExcludingSelf ? apic : null);
                break;
        }
    }
}
