namespace Vector20.Machine.Apic;

/// <summary>The priorities that decide which interrupt may be delivered. An interrupt's class is bits 7:4 of its vector.</summary>
[Manual("3A", "11.8.3.1", "Task and Processor Priorities")]
internal static class Priorities
{
    private const int Class = 0xF0;

    /// <summary>The processor-priority register: the higher class of TPR and the interrupt in service.</summary>
    public static byte Processor(LocalApic apic)
    {
        int task = apic.State.TaskPriority, service = Math.Max(apic.State.InService.Highest, 0);
        return (byte)((task & Class) >= (service & Class) ? task : service & Class);
    }

    /// <summary>The arbitration-priority register, which lowest-priority delivery compares.</summary>
    [Manual("3A", "11.6.2.4", "Lowest Priority Delivery Mode")]
    public static byte Arbitration(LocalApic apic)
    {
        int task = apic.State.TaskPriority, requested = Math.Max(apic.State.Requested.Highest, 0), service = Math.Max(apic.State.InService.Highest, 0);
        bool taskRules = (task & Class) >= (requested & Class) && (task & Class) > (service & Class);
        return (byte)(taskRules ? task : Math.Max(Math.Max(task & Class, service & Class), requested & Class));
    }

    /// <summary>The highest requested vector whose class is above the processor's priority, or -1.</summary>
    public static int Deliverable(LocalApic apic)
    {
        int vector = apic.State.Requested.Highest;
        if (vector is >= 0 and < Acceptance.FirstLegalVector) return Processor(apic) < 0x10 && IllegalAreAccepted(apic) ? vector : -1;
        return vector >= 0 && (vector & Class) > (Processor(apic) & Class) ? vector : -1;
    }

    /// <summary>By the manual no IRR bit below 16 is ever set. The hardware fault delivers them where nothing has priority.</summary>
    private static bool IllegalAreAccepted(LocalApic apic) => (apic.Faults & HardwareFaults.ApicAcceptsIllegalVectors) != 0;
}
