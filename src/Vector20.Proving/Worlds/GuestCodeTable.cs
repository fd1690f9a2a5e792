using Iced.Intel;
using Vector20.Machine.Apic;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using Vector20.Proving.Questions;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Proving.Worlds;

/// <summary>One piece of code that a guest can execute: what it does with the registers that it is given.</summary>
/// <param name="Name">Its name, in kebab case.</param>
/// <param name="Write">Writes the instructions before the one that acts, and that one.</param>
/// <param name="Group">What it belongs to.</param>
/// <param name="Exists">Whether it makes sense in a mode at a privilege level.</param>
internal sealed record CodePiece(string Name, CodeGroup Group, Action<Assembler, CodeContext> Write, Func<CpuMode, int, bool>? Exists = null)
{
    public bool IsIn(CpuMode mode, int cpl) => Exists?.Invoke(mode, cpl) ?? true;
}

/// <summary>What pieces of code are about.</summary>
public enum CodeGroup
{
    /// <summary>Writes of local APIC registers.</summary>
    Apic,

    /// <summary>INT n.</summary>
    Int,

    /// <summary>INT1, INT3, INTO, BOUND, UD0, UD1, UD2, and code that causes an exception.</summary>
    Exception,

    /// <summary>Instructions that exit, or may.</summary>
    Exit,

    /// <summary>Accesses to a test page.</summary>
    Touch,

    /// <summary>The interrupt flag and the task priority.</summary>
    Masking,
}

/// <summary>What a piece of code needs to know of the guest.</summary>
/// <param name="Mode">Its mode.</param>
/// <param name="Cpl">Its privilege level.</param>
/// <param name="Act">Marks the next instruction as the one that acts.</param>
internal sealed record CodeContext(CpuMode Mode, int Cpl, Action Act);

/// <summary>Every piece of code, in a fixed order: a piece's number is its place.</summary>
internal static class GuestCodeTable
{
    /// <summary>INT n has the number n.</summary>
    public const int FirstInt = 0;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<CodePiece> All { get; } = [.. Ints(), .. ApicWrites(), .. ExceptionPieces.All(), .. FloatingPointPieces.All(), .. ExitPieces.All(), .. TouchPieces.All(), .. Maskings()];

    /// <summary>The number of a name. A name that there is not is a defect.</summary>
    public static int Number(string name) => s_numbers[name];

    /// <summary>The number of a name, or -1.</summary>
    public static int Find(string name) => s_numbers.GetValueOrDefault(name, -1);

    private static readonly Dictionary<string, int> s_numbers = All.Select((piece, i) => (piece.Name, i)).ToDictionary(p => p.Name, p => p.i);

    private static IEnumerable<CodePiece> Ints() => Enumerable.Range(0, 256).Select(n => new CodePiece($"int-{n}", CodeGroup.Int, (a, c) =>
    {
        c.Act();
        a.db(0xCD, (byte)n);
    }));

    /// <summary>The pair writes the high half of the command register first: EDI to [ESI], then EAX to [EBX].</summary>
    private static IEnumerable<CodePiece> ApicWrites()
    {
        static bool Reaches(CpuMode mode, int cpl) => cpl == 0;
        yield return new("store", CodeGroup.Apic, (a, c) =>
        {
            Pieces.ReachAllMemory(a, ebx, eax);
            c.Act();
            Pieces.Store(a, rbx, ebx, eax);
        }, Reaches);
        yield return new("store-pair", CodeGroup.Apic, (a, c) =>
        {
            Pieces.ReachAllMemory(a, ebx, eax);
            Pieces.Store(a, rsi, esi, edi);
            c.Act();
            Pieces.Store(a, rbx, ebx, eax);
        }, Reaches);
        yield return new("wrmsr", CodeGroup.Apic, (a, c) =>
        {
            c.Act();
            a.wrmsr();
        });
        yield return new("rdmsr", CodeGroup.Apic, (a, c) =>
        {
            c.Act();
            a.rdmsr();
        });
    }

    private static IEnumerable<CodePiece> Maskings()
    {
        yield return Pieces.Plain("cli", CodeGroup.Masking, a => a.cli(), (_, cpl) => cpl == 0);
        yield return Pieces.Plain("sti", CodeGroup.Masking, a => a.sti(), (_, cpl) => cpl == 0);
        yield return Pieces.Plain("mov-ss", CodeGroup.Masking, a =>
        {
            a.mov(ax, ss);
            a.mov(ss, ax);
        });
        yield return Pieces.Plain("raise-priority", CodeGroup.Masking, a =>
        {
            a.mov(eax, 15);
            a.mov(cr8, rax);
        }, (mode, cpl) => mode == CpuMode.Long && cpl == 0);
        yield return Pieces.Plain("lower-priority", CodeGroup.Masking, a =>
        {
            a.xor(eax, eax);
            a.mov(cr8, rax);
        }, (mode, cpl) => mode == CpuMode.Long && cpl == 0);
    }
}
