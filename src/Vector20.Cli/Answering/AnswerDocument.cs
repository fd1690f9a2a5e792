using Vector20.Cli.Output;
using Vector20.Proving.Answers;
using Vector20.Proving.Questions;

namespace Vector20.Cli.Answering;

/// <summary>The JSON document of an answer.</summary>
internal sealed record AnswerDocument(
    string Source, object What, QuestionOptions Options, IReadOnlyList<StepDocument> Path, IReadOnlyList<ExitCount> Exits, Verdict Verdict, string Why, IReadOnlyList<string>? Dump, int ExitCode)
{
    public static AnswerDocument Of(Question question, Answer answer) => new(
        SourceName(question.Source),
        question.Source,
        question.Options,
        [.. answer.Path.Select(step => new StepDocument(step.Actor, step.Action, step.Detail, step.Manual?.ToString()))],
        answer.Exits,
        answer.Verdict,
        answer.Why,
        answer.Dump is { } dump ? [.. DumpText.Lines(dump)] : null,
        Asker.ExitCodeOf(answer));

    private static string SourceName(Source source) => source switch
    {
        IpiSource => "ipi",
        IntSource => "int",
        InstructionSource i => Names.Of(i.Instruction),
        ExceptionSource => "exception",
        NmiSource => "nmi",
        LvtSource => "lvt",
        _ => "touch",
    };
}

/// <summary>A step of a path.</summary>
internal sealed record StepDocument(string Actor, string Action, string Detail, string? Manual);
