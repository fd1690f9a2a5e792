using Vector20.Machine.Events;

namespace Vector20.Machine.Apic;

/// <summary>How a local APIC takes an interrupt that is for it, whether from the fabric or from its own sources.</summary>
[Manual("3A", "11.8.2", "Interrupt Handling with the Pentium 4 and Intel Xeon Processors")]
internal static class InterruptReception
{
    public static void Receive(LocalApic apic, in ApicMessage message)
    {
        switch (Acceptance.Receive(message.Mode, message.Vector, apic.Faults))
        {
            case Reception.Request:
                if (apic.SoftwareEnabled) Request(apic, message);
                else ApicSteps.Disabled(apic, message);
                break;
            case Reception.IllegalVector:
                if (apic.SoftwareEnabled) ErrorReporting.Detect(apic, ErrorStatus.ReceiveIllegalVector, message.Vector);
                else ApicSteps.Disabled(apic, message);
                break;
            case Reception.PassToProcessor:
                ApicSteps.Passed(apic, message);
                PassToProcessor(apic, message.Mode, message.Vector);
                break;
        }
    }

    /// <summary>Sets the IRR bit. The TMR bit tells the EOI whether the I/O APICs must hear of it.</summary>
    [Manual("3A", "11.8.4", "Interrupt Acceptance for Fixed Interrupts")]
    private static void Request(LocalApic apic, in ApicMessage message)
    {
        apic.State.Requested.Set(message.Vector, true);
        apic.State.TriggerMode.Set(message.Vector, message.Level);
        apic.State.FromIpi.Set(message.Vector, message.Source == EventSource.InterProcessorInterrupt);
        ApicSteps.Accepted(apic, message);
        apic.Client.InterruptsChanged();
    }

    private static void PassToProcessor(LocalApic apic, DeliveryMode mode, byte vector)
    {
        switch (mode)
        {
            case DeliveryMode.Nmi:
                apic.Client.Nmi();
                break;
            case DeliveryMode.Smi:
                apic.Client.Smi();
                break;
            case DeliveryMode.Init:
                apic.Client.Init();
                break;
            case DeliveryMode.StartUp:
                apic.Client.StartUp(vector);
                break;
            case DeliveryMode.ExtInt:
                apic.State.ExternalPending = true;
                apic.Client.InterruptsChanged();
                break;
        }
    }
}
