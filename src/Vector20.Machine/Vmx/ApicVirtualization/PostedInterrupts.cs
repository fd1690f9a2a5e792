using Vector20.Machine.Apic;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>
/// Virtual interrupts that others post to a descriptor in memory: 256 bits of requests, and an outstanding-notification bit behind them. One physical
/// interrupt, the notification, makes the processor take them without an exit.
/// </summary>
[Manual("3C", "30.6", "Posted-Interrupt Processing")]
internal static class PostedInterrupts
{
    private const uint OutstandingNotification = 32;

    /// <summary>Whether an acknowledged external interrupt is the notification.</summary>
    public static bool IsNotification(Processor p, byte vector) =>
        p.Vmx.Has(PinBasedControls.ProcessPostedInterrupts) && vector == p.Vmx.Vmcs[VmcsField.PostedInterruptNotificationVector];

    /// <summary>Dismisses the notification, and moves the posted requests to VIRR.</summary>
    public static void Process(Processor p)
    {
        PhysicalMemory memory = p.Computer.Memory;
        ulong descriptor = p.Vmx.Vmcs[VmcsField.PostedInterruptDescriptorAddress];
        var notification = new PhysicalAddress(descriptor + OutstandingNotification);
        memory.Write(notification, (byte)(memory.Read<byte>(notification) & ~1));
        InterruptDelivery.EndOfInterrupt(p.Apic);
        for (uint i = 0; i < 8; i++)
        {
            var posted = new PhysicalAddress(descriptor + 4 * i);
            VirtualInterrupts.Request(p, (int)i, memory.Read<uint>(posted));
            memory.Write(posted, 0u);
        }

        VirtualInterrupts.Evaluate(p);
    }
}
