namespace Vector20.Machine.Apic;

/// <summary>Whether a message is addressed to an APIC.</summary>
[Manual("3A", "11.6.2", "Determining IPI Destination")]
internal static class Destination
{
    public static bool Matches(LocalApic apic, in ApicMessage message)
    {
        if (apic.Mode == ApicMode.Disabled) return false;
        if (message.Broadcast) return true;
        if (!message.Logical) return message.Destination == apic.Id;
        uint own = apic.State.LogicalDestination;
        if (apic.Mode == ApicMode.X2Apic) return MatchesX2(own, message.Destination);
        return message.Destination <= 0xFF && Matches(apic.State.DestinationFormat >> 28, own >> 24, message.Destination);
    }

    /// <summary>Logical destination in xAPIC mode. The receiver's DFR says how it is read; models other than flat and cluster are reserved.</summary>
    [Manual("3A", "11.6.2.2", "Logical Destination Mode")]
    public static bool Matches(uint model, uint own, uint destination) => model switch
    {
        0b1111 => (own & destination) != 0,
        0b0000 => own >> 4 == destination >> 4 && (own & destination & 15) != 0,
        _ => false,
    };

    /// <summary>Logical destination in x2APIC mode: always clusters of 16.</summary>
    [Manual("3A", "11.12.10.1", "Logical Destination Mode in x2APIC Mode")]
    public static bool MatchesX2(uint own, uint destination) => own >> 16 == destination >> 16 && (own & destination & 0xFFFF) != 0;
}
