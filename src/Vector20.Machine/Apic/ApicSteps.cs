using System.Runtime.CompilerServices;
using Vector20.Machine.Events;

namespace Vector20.Machine.Apic;

/// <summary>What a local APIC does with interrupts, in words, for whoever observes events.</summary>
internal static class ApicSteps
{
    private static readonly ManualReference ValidVectors = new("3A", "11.5.2", "Valid Interrupt Vectors"),
        Errors = new("3A", "11.5.3", "Error Handling"),
        Command = new("3A", "11.6.1", "Interrupt Command Register (ICR)"),
        Reception = new("3A", "11.8.2", "Interrupt Handling with the Pentium 4 and Intel Xeon Processors"),
        SoftwareDisabled = new("3A", "11.4.7.2", "Local APIC State After It Has Been Software Disabled"),
        Page = new("3A", "11.4.1", "The Local APIC Block Diagram");

    /// <summary>A command sends.</summary>
    public static void Sent(LocalApic apic, InterruptCommand command, uint destination)
    {
        if (apic.Client.Observer is not { } observer) return;
        string why = $"{command.Mode} IPI, vector {command.Vector}, to {Describe(command.Shorthand, destination)}";
        Report(observer, apic, EventStepKind.Sent, EventOf(new ApicMessage(command.Mode, command.Vector)), why, destination, Command, (uint)command.Value);
    }

    /// <summary>The vector's IRR bit was set.</summary>
    public static void Accepted(LocalApic apic, in ApicMessage message)
    {
        if (apic.Client.Observer is not { } observer) return;
        Report(observer, apic, EventStepKind.Accepted, EventOf(message), $"vector {message.Vector} {KindOf(message.Vector)}: IRR[{message.Vector}] set, ESR {(uint)apic.State.DetectedErrors:X}H",
            apic.Id, ValidVectors, MessageOf(message));
    }

    /// <summary>It went straight to the processor.</summary>
    public static void Passed(LocalApic apic, in ApicMessage message)
    {
        if (apic.Client.Observer is { } observer)
            Report(observer, apic, EventStepKind.Accepted, EventOf(message), $"{NameOf(message.Mode)}: passed to the processor", apic.Id, Reception, MessageOf(message));
    }

    /// <summary>An interrupt came while SVR bit 8 is 0.</summary>
    public static void Disabled(LocalApic apic, in ApicMessage message)
    {
        if (apic.Client.Observer is { } observer)
            Report(observer, apic, EventStepKind.Refused, EventOf(message), "the APIC is software-disabled: not accepted", 0, SoftwareDisabled);
    }

    /// <summary>A command that sends nothing.</summary>
    public static void NotSent(LocalApic apic, InterruptCommand command)
    {
        if (apic.Client.Observer is not { } observer) return;
        string why = command.Mode is DeliveryMode.Reserved or DeliveryMode.ExtInt ? "the delivery mode is reserved in the ICR: nothing is sent"
            : command.IsInitLevelDeassert ? "INIT level de-assert: nothing to do without an APIC bus"
            : "a shorthand that includes the sender is valid with fixed delivery only: nothing is sent";
        Report(observer, apic, EventStepKind.Refused, EventOf(new ApicMessage(command.Mode, command.Vector)), why, 0, Command);
    }

    /// <summary>An error was detected.</summary>
    public static void Error(LocalApic apic, ErrorStatus error, byte vector)
    {
        if (apic.Client.Observer is not { } observer) return;
        string why = error switch
        {
            ErrorStatus.SendIllegalVector => $"vector {vector} is illegal: ESR 'send illegal vector'",
            ErrorStatus.ReceiveIllegalVector => $"vector {vector} is illegal: ESR 'receive illegal vector', not delivered",
            ErrorStatus.RedirectableIpi => "lowest-priority IPIs cannot be sent: ESR 'redirectable IPI'",
            _ => "a reserved address: ESR 'illegal register address'",
        };
        ManualReference manual = error == ErrorStatus.IllegalRegisterAddress ? Page : Errors;
        Report(observer, apic, EventStepKind.Refused, EventOf(new ApicMessage(DeliveryMode.Fixed, vector)), why, (ulong)error, manual);
    }

    /// <summary>What an accepted vector is.</summary>
    public static string KindOf(byte vector) => vector switch { < Acceptance.FirstLegalVector => "is illegal and yet accepted", < 32 => "is reserved but valid", _ => "is valid" };

    private static Event EventOf(in ApicMessage message) => message.Mode switch
    {
        DeliveryMode.Nmi => new Event(EventType.Nmi, (byte)ExceptionVector.Nmi, Source: message.Source),
        DeliveryMode.Fixed or DeliveryMode.LowestPriority => new Event(EventType.ExternalInterrupt, message.Vector, Source: message.Source),
        _ => new Event(EventType.Other, message.Vector, Source: message.Source),
    };

    private static uint MessageOf(in ApicMessage message) => message.Vector | (uint)message.Mode << 8 | (message.Level ? 1u << 15 : 0);

    private static string Describe(DestinationShorthand shorthand, uint destination) => shorthand switch
    {
        DestinationShorthand.Self => "self",
        DestinationShorthand.AllIncludingSelf => "all",
        DestinationShorthand.AllExcludingSelf => "all but self",
        _ => $"{destination:x}H",
    };

    private static string NameOf(DeliveryMode mode) => mode switch
    {
        DeliveryMode.Nmi => "NMI",
        DeliveryMode.Smi => "SMI",
        DeliveryMode.Init => "INIT",
        DeliveryMode.StartUp => "start-up IPI",
        _ => "ExtINT",
    };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Report(IEventObserver observer, LocalApic apic, EventStepKind kind, Event e, string why, ulong value, ManualReference manual, uint message = 0) =>
        observer.OnStep(new EventStep(kind, (int)apic.State.InitialId, apic.Clock.Now, e, why, value, manual, message));
}
