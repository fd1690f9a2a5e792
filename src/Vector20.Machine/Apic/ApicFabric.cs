namespace Vector20.Machine.Apic;

/// <summary>What acknowledges an interrupt whose vector an 8259 gives.</summary>
public interface IExternalInterruptController
{
    /// <summary>The INTA cycle: the vector.</summary>
    byte Acknowledge();
}

/// <summary>What hears EOIs of level-triggered interrupts: I/O APICs.</summary>
public interface IEoiListener
{
    /// <summary>A local APIC ended a level-triggered interrupt.</summary>
    void EndOfInterrupt(byte vector);

    /// <summary>Whether it may send an NMI, SMI or INIT when one of its inputs changes.</summary>
    bool HasUnmaskableSource { get; }
}

/// <summary>Carries messages among the local APICs, the I/O APICs and the 8259 of one machine, real or virtual.</summary>
public sealed class ApicFabric
{
    private readonly List<LocalApic> _local = [];
    private readonly List<IEoiListener> _eoiListeners = [];

    /// <summary>The local APICs, in the order of their making.</summary>
    public IReadOnlyList<LocalApic> LocalApics => _local;

    /// <summary>The 8259, if there is one.</summary>
    public IExternalInterruptController? ExternalInterrupts { get; set; }

    /// <summary>Whether a device can cause an NMI, SMI or INIT: through an I/O APIC, or through LINT0.</summary>
    public bool HasUnmaskableSource
    {
        get
        {
            foreach (IEoiListener listener in _eoiListeners)
                if (listener.HasUnmaskableSource) return true;
            foreach (LocalApic apic in _local)
                if (apic.Lvt(LocalVectorEntry.Lint0) is { Masked: false, Mode: DeliveryMode.Nmi or DeliveryMode.Smi or DeliveryMode.Init }) return true;
            return false;
        }
    }

    /// <summary>Connects an I/O APIC.</summary>
    public void Add(IEoiListener listener) => _eoiListeners.Add(listener);

    /// <summary>Delivers a message to whomever it is addressed to. False: nobody.</summary>
    public bool Send(in ApicMessage message) => Send(message, null);

    internal void Add(LocalApic apic) => _local.Add(apic);

    internal bool Send(in ApicMessage message, LocalApic? except)
    {
        if (message.Mode == DeliveryMode.LowestPriority) return SendToLowest(message, except);
        bool received = false;
        foreach (LocalApic apic in _local)
        {
            if (apic == except || !Destination.Matches(apic, message)) continue;
            apic.Receive(message);
            received = true;
        }

        return received;
    }

    internal void EndOfInterrupt(byte vector)
    {
        foreach (IEoiListener listener in _eoiListeners) listener.EndOfInterrupt(vector);
    }

    /// <summary>One of the destinations gets it: the focus processor if there is one, else the first with the lowest arbitration priority.</summary>
    [Manual("3A", "11.6.2.4", "Lowest Priority Delivery Mode")]
    private bool SendToLowest(in ApicMessage message, LocalApic? except)
    {
        LocalApic? lowest = null;
        foreach (LocalApic apic in _local)
        {
            if (apic == except || !apic.SoftwareEnabled || !Destination.Matches(apic, message)) continue;
            if (IsFocus(apic, message.Vector))
            {
                lowest = apic;
                break;
            }

            if (lowest is null || Priorities.Arbitration(apic) < Priorities.Arbitration(lowest)) lowest = apic;
        }

        lowest?.Receive(message);
        return lowest is not null;
    }

    private static bool IsFocus(LocalApic apic, byte vector) =>
        apic.Options.FocusProcessor && (apic.State.SpuriousVector & SpuriousVector.FocusDisabled) == 0
        && (apic.State.InService.Contains(vector) || apic.State.Requested.Contains(vector));
}
