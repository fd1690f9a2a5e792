using Vector20.Machine.Apic;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Tests.Events;

/// <summary>Signals that reach a built guest's processor from outside.</summary>
internal static class Signals
{
    /// <summary>Enables the local APIC and makes an interrupt pending in it.</summary>
    public static Guest WithInterrupt(this Guest guest, byte vector)
    {
        guest.Processor.Apic.Write(0xF0, 4, 0x1FF);
        guest.Processor.Apic.Receive(new ApicMessage(DeliveryMode.Fixed, vector));
        return guest;
    }

    /// <summary>Makes an NMI pending.</summary>
    public static Guest WithNmi(this Guest guest)
    {
        ((IApicClient)guest.Processor).Nmi();
        return guest;
    }

    /// <summary>Makes INIT pending.</summary>
    public static Guest WithInit(this Guest guest, Processor? processor = null)
    {
        ((IApicClient)(processor ?? guest.Processor)).Init();
        return guest;
    }

    /// <summary>The vectors of the handlers that were entered, in order.</summary>
    public static int[] Vectors(this Guest guest) => [.. guest.Log.Select(handled => (int)handled.Vector)];
}
