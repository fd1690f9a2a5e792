using Vector20.Machine.Processors;

namespace Vector20.Machine.Events;

/// <summary>The one path of every event: raise, classify, intercept, deliver.</summary>
internal static class EventPipeline
{
    /// <summary>Sends an event to where it belongs: a VM exit, or a handler of the guest. RIP is at the instruction that raised it.</summary>
    public static void Send(Processor p, in Event raised)
    {
        p.UnsupportedWhat = $"event delivery of vector {raised.Vector}";
        p.Ended = true;
    }
}
