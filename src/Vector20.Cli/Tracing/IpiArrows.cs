using Vector20.Machine.Events;

namespace Vector20.Cli.Tracing;

/// <summary>Arrows of IPIs that have been accepted and not been taken yet: one for each processor and vector, as a local APIC keeps one request.</summary>
internal sealed class IpiArrows(int processors)
{
    private const int Vectors = 256;

    private readonly ulong[]?[] _pending = new ulong[]?[processors];
    private ulong _last;

    /// <summary>Begins an arrow to a processor. INIT, SIPI and SMI are not delivered as events: theirs end where they are accepted.</summary>
    public ulong Begin(int processor, Event accepted)
    {
        _last++;
        if (accepted.Type != EventType.Other) (_pending[processor] ??= new ulong[Vectors])[accepted.Vector] = _last;
        return _last;
    }

    /// <summary>The arrow that ends where a processor takes an interrupt or an NMI; 0 if none leads there.</summary>
    public ulong End(int processor, EventType type, byte vector)
    {
        if (type is not (EventType.ExternalInterrupt or EventType.Nmi) || _pending[processor] is not { } pending) return 0;
        ulong arrow = pending[vector];
        pending[vector] = 0;
        return arrow;
    }
}
