using Iced.Intel;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Scheduling;

namespace Vector20.Machine.Images.Guests;

/// <summary>A built guest in a computer, ready to run.</summary>
public sealed class Guest : IDisposable
{
    private readonly FramePool? _ownPool;
    private readonly Action<Processor> _enter;
    private readonly Action<Processor, ulong> _resume;
    private readonly AssemblerResult _labels;
    private readonly Label _end;

    internal Guest(Computer computer, FramePool? ownPool, Action<Processor> enter, Action<Processor, ulong> resume, AssemblerResult labels, Label end)
    {
        Computer = computer;
        _ownPool = ownPool;
        _enter = enter;
        _resume = resume;
        _labels = labels;
        _end = end;
    }

    /// <summary>The computer it lies in.</summary>
    public Computer Computer { get; }

    /// <summary>Processor 0.</summary>
    public Processor Processor => Computer.Processors[0];

    /// <summary>Where the author's code ends and the guest waits for good.</summary>
    public ulong End => AddressOf(_end);

    /// <summary>Whether processor 0 came to the end of the code and waits there.</summary>
    public bool Finished => Processor.InstructionPointer - End is 0 or 1;

    /// <summary>The offset in the code segment of a label that the code has placed.</summary>
    public ulong AddressOf(Label label) => _labels.GetLabelRIP(label);

    /// <summary>Puts a processor, of the first eight, at the guest's entry with stacks of its own.</summary>
    public void Enter(Processor processor) => _enter(processor);

    /// <summary>
    /// Puts a processor that waits in a handler at code of the guest, in the guest's mode and at its CPL, on its own stack: what IRET would do. Nothing
    /// else changes.
    /// </summary>
    public void Resume(Processor processor, ulong address) => _resume(processor, address);

    /// <summary>Runs the computer for so many ticks, or until all its processors wait for good.</summary>
    public RunResult Run(ulong ticks = 10_000) => Computer.Run(ticks);

    /// <summary>How many times a handler was entered.</summary>
    public int HandledCount => (int)Computer.Memory.Read<uint>(new PhysicalAddress(GuestLayout.LogCount));

    /// <summary>What the handlers wrote down, oldest first.</summary>
    public IReadOnlyList<HandledEvent> Log =>
        [.. Enumerable.Range(0, Math.Min(HandledCount, GuestLayout.LogCapacity)).Select(i => HandledEvent.Read(Computer.Memory, i))];

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_ownPool is null) return;
        Computer.Dispose();
        _ownPool.Dispose();
    }
}
