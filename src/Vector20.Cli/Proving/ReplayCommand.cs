using System.CommandLine;
using Vector20.Cli.Output;
using Vector20.Proving.Properties;
using Vector20.Proving.Replaying;

namespace Vector20.Cli.Proving;

/// <summary><c>vector20 replay</c>: a counterexample, executed again step by step.</summary>
internal static class ReplayCommand
{
    /// <summary>The command.</summary>
    public static Command Make(Streams streams)
    {
        var file = new Argument<string>("file") { Description = "What 'prove --replay FILE' wrote" };
        var json = new Option<bool>("--json") { Description = "One JSON document; docs/json.md names its fields" };
        var property = new Option<string?>("--property") { Description = "The C# file of the property, where it is one of your own: a replay file does not choose code to run", HelpName = "file" };
        var command = new Command("replay", "Executes a counterexample again, step by step, to the same verdict") { file, property, json };
        command.SetAction(parsed => Run(parsed.GetValue(file)!, parsed.GetValue(property), parsed.GetValue(json), streams));
        return command;
    }

    private static int Run(string file, string? source, bool json, Streams streams)
    {
        if (ReplayFile.TryRead(file, out Replay? replay) is { } wrong) return streams.Refuse(wrong);
        if (source is null && PropertySource.IsFile(replay!.Property)) return streams.Refuse($"{file}: its property is a C# file, {replay.Property}; if you trust it, give it by --property");
        if (PropertySource.TryGet(source ?? replay!.Property, out Func<Property>? property) is { } refusal) return streams.Refuse($"{file}: {refusal}");
        Replayed replayed = Replayer.Run(replay!, property!);
        int code = replayed.Impossible is not null ? ExitCode.Undecided : replayed.Violation is null ? ExitCode.Good : ExitCode.Fails;
        if (json) streams.Output.WriteLine(Json.Document(ReplayDocument.Of(replay!, replayed, code)));
        else ReplayText.Write(replay!, replayed, streams.Output);
        return code;
    }
}
