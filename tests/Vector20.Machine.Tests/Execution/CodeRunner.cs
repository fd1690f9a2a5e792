using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Models;

namespace Vector20.Machine.Tests.Execution;

/// <summary>How the processor of a <see cref="CodeRunner"/> executes.</summary>
public enum RunnerMode
{
    Real,
    Protected16,
    Protected32,
    Long,
}

/// <summary>
/// One processor with code at <see cref="CodeAddress"/>, flat segments and no paging, executed instruction by instruction without event delivery: a
/// fault ends the run and is the answer. For the semantics of single instructions.
/// </summary>
internal sealed unsafe class CodeRunner : IDisposable
{
    public const ulong CodeAddress = 0x1000, DataAddress = 0x8000, StackTop = 0x7000;
    private readonly FramePool _pool = new();
    private readonly Computer _computer;

    public CodeRunner(RunnerMode mode = RunnerMode.Long, int cpl = 0, CpuModel? model = null)
    {
        _computer = new Computer(new ComputerOptions { MemorySize = 1 << 20, BlockLength = 1, Model = model ?? CpuModels.Default }, _pool);
        Mode = mode;
        P = _computer.Processors[0];
        if (mode != RunnerMode.Real) P.ControlRegister0 |= Cr0.PE;
        if (mode == RunnerMode.Long) P.ExtendedFeatures |= Efer.LMA | Efer.LME;
        P.CurrentPrivilegeLevel = (byte)cpl;
        uint limit = mode == RunnerMode.Real ? 0xFFFF : uint.MaxValue, dpl = (uint)cpl << 5;
        uint size = mode switch { RunnerMode.Long => 1u << 13, RunnerMode.Protected32 => 1u << 14, _ => 0 };
        P.SetSegment(SegmentName.Cs, new SegmentRegister(8, 0, limit, 0x9B | dpl | size));
        uint data = mode is RunnerMode.Protected32 or RunnerMode.Long ? 1u << 14 : 0;
        foreach (SegmentName name in (ReadOnlySpan<SegmentName>)[SegmentName.Es, SegmentName.Ss, SegmentName.Ds, SegmentName.Fs, SegmentName.Gs])
            P.SetSegment(name, new SegmentRegister(16, 0, limit, 0x93 | dpl | data));
        (P[2], P[4]) = (0, StackTop);
    }

    public Processor P { get; }

    public RunnerMode Mode { get; }

    public int Bits => Mode switch { RunnerMode.Long => 64, RunnerMode.Protected32 => 32, _ => 16 };

    /// <summary>Why the run ended early: the exception, or nothing.</summary>
    public ExceptionVector? Fault { get; private set; }

    public void Flags(uint flags) => P.SetRflags(flags);

    public T Read<T>(ulong address) where T : unmanaged => _computer.Memory.Read<T>(new PhysicalAddress(address));

    public void Write<T>(ulong address, T value) where T : unmanaged => _computer.Memory.Write(new PhysicalAddress(address), value);

    public void WriteBytes(ulong address, params byte[] bytes) => _computer.Memory.Write(new PhysicalAddress(address), bytes);

    /// <summary>Assembles code and executes it to its end.</summary>
    public CodeRunner Run(Action<Assembler> write)
    {
        var assembler = new Assembler(Bits);
        write(assembler);
        using var stream = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(stream), CodeAddress);
        return Run(stream.ToArray());
    }

    /// <summary>Executes code until RIP leaves it, it faults, or a thousand executions have passed.</summary>
    public CodeRunner Run(params byte[] code)
    {
        WriteBytes(CodeAddress, code);
        P.Rip = CodeAddress;
        Fault = null;
        for (int i = 0; i < 1000 && Fault is null && P.Rip - CodeAddress < (ulong)code.Length; i++) Step();
        return this;
    }

    /// <summary>Executes one instruction, or up to one bounded part of a REP.</summary>
    public Outcome Step()
    {
        P.StopReason = StopReason.None;
        P.Attention = false;
        Outcome outcome = Outcome.Stop;
        if (CodeFetch.Find(P) is { } block)
        {
            P.Registers.At<ulong>(Processors.Register.BlockRip) = P.Rip;
            ref readonly Operation op = ref block.Operations[0];
            outcome = op.Execute(P, in op);
            if (outcome is Outcome.Continue or Outcome.Leave) P.Rip = P.NextRip(op);
        }

        if (outcome == Outcome.Stop && P.StopReason == StopReason.Unsupported) throw new NotSupportedException(P.UnsupportedWhat);
        if (outcome == Outcome.Stop && P.StopReason == StopReason.Event) Fault = (ExceptionVector)P.Raised.Vector;
        return outcome;
    }

    public void Dispose()
    {
        _computer.Dispose();
        _pool.Dispose();
    }
}
