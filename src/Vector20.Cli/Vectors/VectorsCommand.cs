using System.CommandLine;
using Vector20.Cli.Answering;
using Vector20.Cli.Options;
using Vector20.Cli.Output;
using Vector20.Proving.Vectors;

namespace Vector20.Cli.Vectors;

/// <summary><c>vector20 vectors</c>: the 256 vectors, and what each source does with each when it is run.</summary>
internal static class VectorsCommand
{
    /// <summary>The command.</summary>
    public static Command Make(Streams streams)
    {
        var common = new CommonOptions();
        var options = new QuestionCommonOptions(common);
        var command = new Command("vectors", "The table of the 256 vectors, and what each source does with each: every cell is a guest that was run");
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            if (VectorSurvey.Run(options.Of(parsed), out string? refusal) is not { } rows) return streams.Refuse(refusal!);
            if (common.Json(parsed)) streams.Output.WriteLine(Json.Document(new { vectors = rows.Select(VectorDocument.Of) }));
            else VectorsText.Write(rows, streams.Output, common.Color(parsed, streams));
            return ExitCode.Good;
        });
        return command;
    }
}
