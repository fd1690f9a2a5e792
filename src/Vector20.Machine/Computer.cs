using Vector20.Machine.Apic;
using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Platform;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Models;

namespace Vector20.Machine;

/// <summary>What a computer is made of.</summary>
public sealed record ComputerOptions
{
    /// <summary>Bytes of RAM.</summary>
    public ulong MemorySize { get; init; } = 64 << 20;

    /// <summary>Number of processors, 1-255.</summary>
    public int Processors { get; init; } = 1;

    /// <summary>The CPU model of each.</summary>
    public CpuModel Model { get; init; } = CpuModel.Default;

    /// <summary>Deviations of the silicon from the manual.</summary>
    public HardwareFaults Faults { get; init; }

    /// <summary>The most instructions decoded as one block. It changes speed, nothing else.</summary>
    public int BlockLength { get; init; } = 64;

    /// <summary>Seeds the schedule of the processors and RDRAND.</summary>
    public ulong Seed { get; init; }
}

/// <summary>A whole deterministic machine: processors, memory, APICs, devices, one clock, driven by one host thread.</summary>
public sealed class Computer : IDisposable
{
    private readonly Processor[] _processors;

    /// <summary>Makes a computer and powers it up.</summary>
    public Computer(ComputerOptions options, FramePool pool)
    {
        Options = options;
        Memory = new PhysicalMemory(pool, options.MemorySize) { HostMappingChanged = FlushTlbs };
        Decoder = new BlockDecoder(options.BlockLength);
        _processors = new Processor[options.Processors];
        for (int i = 0; i < _processors.Length; i++) _processors[i] = new Processor(this, i, options.Model);
    }

    /// <summary>What it was made of.</summary>
    public ComputerOptions Options { get; }

    /// <summary>RAM.</summary>
    public PhysicalMemory Memory { get; }

    /// <summary>Devices.</summary>
    public DeviceBus Devices { get; } = new();

    /// <summary>The processors.</summary>
    public IReadOnlyList<Processor> Processors => _processors;

    /// <summary>Sees every step of every event. Null, as usually, costs one comparison a step.</summary>
    public IEventObserver? EventObserver { get; set; }

    internal ApicFabric ApicFabric { get; } = new();

    internal BlockDecoder Decoder { get; }

    /// <summary>Makes every processor forget every cached translation and leave the block it runs.</summary>
    internal void FlushTlbs()
    {
        foreach (Processor? processor in _processors) processor?.FlushTlb();
    }

    /// <inheritdoc/>
    public void Dispose() => Memory.Dispose();
}
