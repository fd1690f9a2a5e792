using System.Numerics;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>A string instruction, as the REP prefixes repeat it.</summary>
internal interface IStringInstruction
{
    /// <summary>One iteration on an element of type <typeparamref name="T"/>, index registers included. False if it stopped, with nothing changed.</summary>
    static abstract bool Iterate<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>;

    /// <summary>Does up to <paramref name="most"/> iterations that cannot fault at once, and says how many; 0 if the next needs care.</summary>
    static virtual int IterateMany<T>(Processor p, in Operation op, int most) where T : unmanaged, IBinaryInteger<T> => 0;

    /// <summary>Whether the repetition ends after an iteration although the count is not exhausted.</summary>
    static virtual bool EndsEarly(Processor p, in Operation op) => false;
}

/// <summary>REP, REPE and REPNE. What is done shows in the registers after every iteration, so a fault or an interrupt between two loses nothing.</summary>
[Manual("2B", "4.3", "REP/REPE/REPZ/REPNE/REPNZ—Repeat String Operation Prefix")]
internal static unsafe class Repetition
{
    /// <summary>The most iterations of one execution; the rest follow as if an interrupt had come between.</summary>
    private const int MostIterations = 4096;

    /// <summary>Executes a string instruction once, or as often as its prefix and CX, ECX or RCX say.</summary>
    public static Outcome Execute<TString, T>(Processor p, in Operation op) where TString : struct, IStringInstruction where T : unmanaged, IBinaryInteger<T>
    {
        if ((op.Flags & (OperationFlags.Repeat | OperationFlags.RepeatNotEqual)) == 0)
            return TString.Iterate<T>(p, op) ? Outcome.Continue : Outcome.Stop;
        ulong count = p.Get<ulong>(Register.Rcx) & AddressSizes.Mask(op);
        return count == 0 ? Outcome.Continue : Repeat<TString, T>(p, op, count);
    }

    private static Outcome Repeat<TString, T>(Processor p, in Operation op, ulong count) where TString : struct, IStringInstruction where T : unmanaged, IBinaryInteger<T>
    {
        int budget = p.Careful ? 1 : MostIterations;
        while (true)
        {
            int done = TString.IterateMany<T>(p, op, (int)Math.Min((uint)budget, count));
            if (done == 0)
            {
                if (!TString.Iterate<T>(p, op)) return Outcome.Stop;
                done = 1;
            }

            count -= (uint)done;
            budget -= done;
            AddressSizes.Set(p, op, Register.Rcx, count);
            if (count == 0 || TString.EndsEarly(p, op)) return Outcome.Continue;
            if (budget > 0 && !p.Attention) continue;
            p.StopReason = StopReason.Repeat;
            return Outcome.Stop;
        }
    }

    /// <summary>The value of SI, ESI or RSI (or DI, EDI, RDI).</summary>
    public static ulong Index(Processor p, in Operation op, byte register) => p.Get<ulong>(register) & AddressSizes.Mask(op);

    /// <summary>Moves an index register by so many bytes, forward or backward as DF says.</summary>
    public static void Advance(Processor p, in Operation op, byte register, int bytes)
    {
        ulong index = p.Get<ulong>(register);
        AddressSizes.Set(p, op, register, (p.SystemFlags & Eflags.DF) == 0 ? index + (uint)bytes : index - (uint)bytes);
    }
}
