using Vector20.Machine;
using Vector20.Machine.Apic;

namespace Vector20.Proving.Vectors;

/// <summary>Whose a vector is.</summary>
public enum VectorClass
{
    /// <summary>An exception of the processor.</summary>
    Exception,

    /// <summary>NMI.</summary>
    Interrupt,

    /// <summary>Reserved: no one may use it, yet it can be reached.</summary>
    Reserved,

    /// <summary>The user's: external interrupts and INT n.</summary>
    UserDefined,
}

/// <summary>What a vector is.</summary>
/// <param name="Vector">0-255.</param>
/// <param name="Mnemonic">For instance #GP; null without one.</param>
/// <param name="Name">Its name.</param>
/// <param name="Class">Whose it is.</param>
public sealed record VectorDefinition(int Vector, string? Mnemonic, string Name, VectorClass Class)
{
    /// <summary>Whether local and I/O APICs take it for a valid interrupt.</summary>
    [Manual("3A", "11.5.2", "Valid Interrupt Vectors")]
    public bool ValidForApic => Vector >= Acceptance.FirstLegalVector;
}

/// <summary>The 256 vectors by name.</summary>
[Manual("3A", "6.3.1", "External Interrupts")]
[Manual("3A", "6.15", "Exception and Interrupt Reference")]
public static class VectorTable
{
    private const int FirstUserDefined = 32;

    private static readonly (string? Mnemonic, string Name)[] s_exceptions =
    [
        ("#DE", "Divide Error"), ("#DB", "Debug Exception"), (null, "NMI Interrupt"), ("#BP", "Breakpoint"), ("#OF", "Overflow"),
        ("#BR", "BOUND Range Exceeded"), ("#UD", "Invalid Opcode (Undefined Opcode)"), ("#NM", "Device Not Available (No Math Coprocessor)"),
        ("#DF", "Double Fault"), (null, "Coprocessor Segment Overrun (reserved)"), ("#TS", "Invalid TSS"), ("#NP", "Segment Not Present"),
        ("#SS", "Stack-Segment Fault"), ("#GP", "General Protection"), ("#PF", "Page Fault"), (null, "Intel reserved"),
        ("#MF", "x87 FPU Floating-Point Error (Math Fault)"), ("#AC", "Alignment Check"), ("#MC", "Machine Check"),
        ("#XM", "SIMD Floating-Point Exception"), ("#VE", "Virtualization Exception"), ("#CP", "Control Protection Exception"),
    ];

    /// <summary>All of them, in order.</summary>
    public static IReadOnlyList<VectorDefinition> All { get; } = [.. Enumerable.Range(0, 256).Select(Define)];

    private static VectorDefinition Define(int vector)
    {
        if (vector >= FirstUserDefined) return new VectorDefinition(vector, null, "User Defined (Non-reserved) Interrupts", VectorClass.UserDefined);
        if (vector >= s_exceptions.Length) return new VectorDefinition(vector, null, "Intel reserved", VectorClass.Reserved);
        (string? mnemonic, string name) = s_exceptions[vector];
        VectorClass kind = vector == 2 ? VectorClass.Interrupt : vector is 9 or 15 ? VectorClass.Reserved : VectorClass.Exception;
        return new VectorDefinition(vector, mnemonic, name, kind);
    }
}
