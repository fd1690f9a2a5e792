using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Translation;

/// <summary>Blocks of one page as one native method: what the first tier does, without its dispatch.</summary>
/// <param name="region">The blocks; execution enters at the first.</param>
internal sealed class TranslatedRegion(Region region)
{
    /// <summary>What <see cref="Run"/> answers when an operation stopped: RIP is at it.</summary>
    public const int Stopped = -1;

    /// <summary>What <see cref="Step"/> answers when the block goes on.</summary>
    public const int GoesOn = -2;

    /// <summary>What was translated.</summary>
    public Region Region { get; } = region;

    /// <summary>False once a block of it was discarded.</summary>
    public volatile bool Valid = true;

    /// <summary>
    /// Runs from the first block's first instruction. The caller has made sure that the whole block fits before the deadline, and that
    /// nothing must be looked at between two instructions. The answer is the number of the block that completed last, or <see cref="Stopped"/>.
    /// </summary>
    public TranslatedCode Run { get; set; } = null!;

    /// <summary>A block of it holds other bytes now: the first tier executes the others, until they are hot again.</summary>
    public void Discard()
    {
        Valid = false;
        Region.Blocks[0].Translation = null;
        Region.Blocks[0].Heat = 0;
    }

    /// <summary>
    /// Has the first tier execute one operation: one that is not translated, or whose memory the software TLB does not hold. Around it the
    /// processor's state is as <see cref="RunLoop"/> has it: RIP and ticks are those of the block's beginning.
    /// </summary>
    public static int Step(TranslatedRegion translation, Processor p, int number, int index)
    {
        Block block = translation.Region.Blocks[number];
        Outcome outcome = RunLoop.ExecuteOne(p, block, index, out bool goesOn);
        return goesOn ? GoesOn : outcome == Outcome.Stop ? Stopped : number;
    }
}

/// <summary>Translated code. Its first, bound, argument is the <see cref="TranslatedRegion"/> it belongs to.</summary>
internal delegate int TranslatedCode(Processor? p);
