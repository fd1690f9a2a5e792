namespace Vector20.Cli.Tracing;

/// <summary>Arrows of IPIs that have been accepted and not been taken yet: one for each processor and vector, as a local APIC keeps one request.</summary>
internal sealed class IpiArrows(int processors)
{
    private const int Vectors = 256;

    private readonly ulong[]?[] _pending = new ulong[]?[processors];
    private ulong _last;

    /// <summary>Begins an arrow to a processor.</summary>
    public ulong Begin(int processor, byte vector) => (_pending[processor] ??= new ulong[Vectors])[vector] = ++_last;

    /// <summary>The arrow that ends where a processor takes a vector; 0 if none leads there.</summary>
    public ulong End(int processor, byte vector)
    {
        if (_pending[processor] is not { } pending) return 0;
        ulong arrow = pending[vector];
        pending[vector] = 0;
        return arrow;
    }
}
