using Iced.Intel;
using Vector20.Machine.Images.Guests;

namespace Vector20.Proving.Asking;

/// <summary>How one source is turned into a guest: what its code is, and what happens around it.</summary>
internal sealed record Plan
{
    /// <summary>Code that brings the guest to where it can act. It is not part of the path.</summary>
    public Action<Assembler> Prepare { get; init; } = _ => { };

    /// <summary>The code that acts: the path begins at its first instruction.</summary>
    public required Action<Assembler> Act { get; init; }

    /// <summary>Alters the guest before it is built.</summary>
    public Action<GuestBuilder> Shape { get; init; } = _ => { };

    /// <summary>Puts things into memory once the guest lies there.</summary>
    public Action<Stage> Furnish { get; init; } = _ => { };

    /// <summary>Done when the guest has come to where it acts.</summary>
    public Action<Stage> Arrange { get; init; } = _ => { };

    /// <summary>Done once the guest has acted and waits: what comes from outside.</summary>
    public Action<Stage, PathRecorder>? Afterwards { get; init; }

    /// <summary>Processors.</summary>
    public int Processors { get; init; } = 1;

    /// <summary>Whether the other processors run from the start, or wait for SIPI.</summary>
    public bool OthersRun { get; init; } = true;

    /// <summary>Whether the act is one instruction to show at the head of the path.</summary>
    public bool ShowsInstruction { get; init; } = true;

    /// <summary>What the instruction does, in words, from the state after it: for instance which value the ICR has.</summary>
    public Func<Stage, string> Describe { get; init; } = _ => "";

    /// <summary>What is added to the path at its end: registers that tell what became of it.</summary>
    public Action<Stage, PathRecorder> Conclude { get; init; } = (_, _) => { };
}
