using Vector20.Cli.Output;
using Vector20.Proving.Answers;
using Vector20.Proving.Asking;
using Vector20.Proving.Questions;

namespace Vector20.Cli.Answering;

/// <summary>Asks a question and shows the answer.</summary>
internal static class Asker
{
    public static int Ask(Question question, bool json, bool color, Streams streams)
    {
        Asked asked = Vector20.Proving.Asking.Asking.Ask(question);
        if (asked.Answer is not { } answer) return streams.Refuse(asked.Refusal!);
        if (json) streams.Output.WriteLine(Json.Document(AnswerDocument.Of(question, answer)));
        else AnswerText.Write(answer, streams.Output, color);
        return ExitCodeOf(answer);
    }

    /// <summary>What the process answers.</summary>
    public static int ExitCodeOf(Answer answer) =>
        answer.Verdict == Verdict.Undecided ? ExitCode.Undecided : answer.Good ? ExitCode.Good : ExitCode.Fails;
}
