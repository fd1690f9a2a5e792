using Vector20.Machine.Apic;
using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Platform;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Processors.Translation;
using Vector20.Machine.Scheduling;
using Vector20.Machine.Vmx;

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

    /// <summary>The choices that the manual leaves to the model's local APIC. What CPUID reports is the model's.</summary>
    public ApicOptions Apic { get; init; } = new();

    /// <summary>Deviations of the silicon from the manual.</summary>
    public HardwareFaults Faults { get; init; }

    /// <summary>The most instructions decoded as one block. It changes speed, nothing else.</summary>
    public int BlockLength { get; init; } = 64;

    /// <summary>When blocks are translated to native code. It changes speed, nothing else.</summary>
    public TranslationOptions Translation { get; init; } = new();

    /// <summary>Seeds the schedule of the processors and RDRAND.</summary>
    public ulong Seed { get; init; }

    /// <summary>Ticks of the clock, and counts of the time-stamp counter, in a second of the guest's time; 0: as CPUID reports it.</summary>
    public ulong TicksPerSecond { get; init; }
}

/// <summary>A whole deterministic machine: processors, memory, APICs, devices, one clock, driven by one host thread.</summary>
public sealed class Computer : IDisposable
{
    private readonly Processor[] _processors;

    /// <summary>Makes a computer and powers it up.</summary>
    public Computer(ComputerOptions options, FramePool pool)
    {
        Options = options;
        Memory = new PhysicalMemory(pool, options.MemorySize) { HostPointersStale = ForgetHostPointers, TranslationsStale = ForgetTranslations, CodeDiscarded = LeaveBlocks };
        Decoder = new BlockDecoder(options.BlockLength);
        Translator = new Translator(options.Translation);
        Scheduler = new Scheduler(this);
        _processors = new Processor[options.Processors];
        for (int i = 0; i < _processors.Length; i++) _processors[i] = new Processor(this, i, options.Model);
    }

    private Computer(Computer original)
    {
        Options = original.Options;
        Memory = original.Memory.Fork();
        Memory.HostPointersStale = ForgetHostPointers;
        Memory.TranslationsStale = ForgetTranslations;
        Memory.CodeDiscarded = LeaveBlocks;
        Decoder = original.Decoder;
        Translator = original.Translator;
        Scheduler = new Scheduler(this, original.Scheduler);
        _processors = new Processor[original._processors.Length];
        original.Pc?.CopyTo(this);
        for (int i = 0; i < _processors.Length; i++) _processors[i] = original._processors[i].ForkInto(this);
    }

    /// <summary>What it was made of.</summary>
    public ComputerOptions Options { get; }

    /// <summary>RAM.</summary>
    public PhysicalMemory Memory { get; }

    /// <summary>Devices.</summary>
    public DeviceBus Devices { get; } = new();

    /// <summary>The devices of a PC, if <see cref="StandardPc.AddTo"/> put them there.</summary>
    public StandardPc? Pc { get; internal set; }

    /// <summary>The processors.</summary>
    public IReadOnlyList<Processor> Processors => _processors;

    /// <summary>Sees every step of every event. Null, as usually, costs one comparison a step.</summary>
    public IEventObserver? EventObserver { get; set; }

    /// <summary>Counts VM exits, and the time in and outside VMX non-root operation. Null, unless someone wants to know.</summary>
    public VmxAccounts? VmxAccounts { get; set; }

    /// <summary>The clock, and whose turn it is.</summary>
    public Scheduler Scheduler { get; }

    /// <summary>The local APICs' options: what was chosen, and what CPUID reports. The timer counts the core crystal's clock, as leaf 15H has it.</summary>
    [Manual("3A", "11.5.4", "APIC Timer")]
    public ApicOptions ApicOptions => Options.Apic with
    {
        X2Apic = Options.Model.Has(CpuFeature.X2Apic),
        TscDeadline = Options.Model.Has(CpuFeature.TscDeadline),
        PhysicalAddressBits = Options.Model.PhysicalAddressBits,
        TimerTicks = (uint)Math.Max(1, TicksPerSecond / CpuidLeaves.CrystalHertz),
    };

    /// <summary>Ticks of the clock in a second of the guest's time.</summary>
    public ulong TicksPerSecond => Options.TicksPerSecond != 0 ? Options.TicksPerSecond : (ulong)Options.Model.BaseMegahertz * 1_000_000;

    /// <summary>The time now, in ticks since power-up.</summary>
    public ulong Now => Scheduler.Now;

    /// <summary>Carries messages among the APICs.</summary>
    public ApicFabric ApicFabric { get; } = new();

    internal BlockDecoder Decoder { get; }

    internal Translator Translator { get; }

    /// <summary>Runs the computer until so many ticks have passed or something ends the run. Calling it again goes on.</summary>
    public RunResult Run(ulong ticks = ulong.MaxValue, CancellationToken cancellation = default) => Scheduler.Run(ticks, cancellation);

    /// <summary>
    /// Lets one processor execute one instruction, or take one event, or attempt an instruction that faults or exits: whoever calls it is the
    /// schedule. False: the processor has nothing to do.
    /// </summary>
    public bool Step(int processor) => Scheduler.Step(_processors[processor]);

    /// <summary>
    /// A second computer in the same state, on the same pool: memory is shared until one of the two writes it, decoded code too.
    /// Observers and handlers of VM exits stay with the original, and so do devices other than those of a <see cref="StandardPc"/>.
    /// </summary>
    public Computer Fork()
    {
        foreach (Processor processor in _processors)
            if (processor.Executing) throw new InvalidOperationException("a computer forks between two instructions");
        var fork = new Computer(this);
        ForgetHostPointers();
        return fork;
    }

    /// <summary>Makes every processor forget which host memory holds which page.</summary>
    internal void ForgetHostPointers()
    {
        foreach (Processor processor in _processors) processor.ForgetHostPointers();
    }

    private void ForgetTranslations()
    {
        foreach (Processor processor in _processors)
        {
            processor.ForgetHostPointers();
            processor.ForgetBlocks();
        }
    }

    private void LeaveBlocks()
    {
        foreach (Processor processor in _processors) processor.LeaveBlock();
    }

    /// <inheritdoc/>
    public void Dispose() => Memory.Dispose();
}
