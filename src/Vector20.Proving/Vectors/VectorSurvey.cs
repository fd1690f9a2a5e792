using Vector20.Machine.Apic;
using Vector20.Proving.Answers;
using Vector20.Proving.Questions;

namespace Vector20.Proving.Vectors;

/// <summary>What one source does with one vector.</summary>
/// <param name="Source">The source: int, ipi, lvt-timer.</param>
/// <param name="What">What happened when it was run, in a few words.</param>
/// <param name="Delivered">Whether the guest's handler for the vector ran.</param>
public sealed record VectorOutcome(string Source, string What, bool Delivered);

/// <summary>A vector and what each source does with it.</summary>
/// <param name="Definition">What it is.</param>
/// <param name="Outcomes">One for each source.</param>
public sealed record VectorRow(VectorDefinition Definition, IReadOnlyList<VectorOutcome> Outcomes);

/// <summary>Asks every source about every vector, by running each.</summary>
public static class VectorSurvey
{
    /// <summary>The sources, in the order of a row's outcomes.</summary>
    public static IReadOnlyList<string> Sources { get; } = ["int", "ipi", "lvt-timer"];

    /// <summary>The whole table. Null where a question of this kind is refused, and then why.</summary>
    public static IReadOnlyList<VectorRow>? Run(QuestionOptions options, out string? refusal)
    {
        refusal = Sources.Select(s => Asking.Refusals.Of(new Question(SourceOf(s, 0), options))).FirstOrDefault(r => r is not null);
        if (refusal is not null) return null;
        return [.. VectorTable.All.AsParallel().AsOrdered().Select(definition => Row(definition, options))];
    }

    private static VectorRow Row(VectorDefinition definition, QuestionOptions options) =>
        new(definition, [.. Sources.Select(source => Outcome(source, (byte)definition.Vector, options))]);

    private static VectorOutcome Outcome(string source, byte vector, QuestionOptions options)
    {
        Answer answer = Asking.Asking.Ask(new Question(SourceOf(source, vector), options)).Answer!;
        bool delivered = answer.Handlers is [var handler] && handler == vector;
        return new VectorOutcome(source, Describe(answer, delivered), delivered);
    }

    private static Source SourceOf(string source, byte vector) => source switch
    {
        "int" => new IntSource(vector),
        "ipi" => new IpiSource(vector, IpiMode.Fixed, new IpiTarget(IpiAudience.Self), false),
        _ => new LvtSource(LvtEntry.Timer, vector, LvtMode.Fixed, false),
    };

    private static string Describe(Answer answer, bool delivered)
    {
        if (answer.Verdict is not Verdict.Alive) return Names.Of(answer.Verdict);
        if (delivered) return "delivered";
        if (answer.ErrorStatus[0] != 0) return $"ESR {answer.ErrorStatus[0]:X2}H: {(ErrorStatus)answer.ErrorStatus[0]}";
        return answer.Handlers.Count > 0 ? $"vector {answer.Handlers[0]} instead" : "nothing";
    }
}
