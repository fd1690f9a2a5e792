using System.CommandLine;
using Vector20.Cli.Options;
using Vector20.Cli.Output;
using Vector20.Proving.Actions;
using Vector20.Proving.Exploring;
using Vector20.Proving.Questions;

namespace Vector20.Cli.Proving;

/// <summary><c>vector20 prove</c>: every guest action, not one.</summary>
internal static class ProveCommand
{
    /// <summary>The command.</summary>
    public static Command Make(Streams streams)
    {
        var common = new CommonOptions();
        var property = new Argument<string>("property") { Description = "What is to be proved: 'help' lists the names; or a C# file that holds a property of your own", DefaultValueFactory = _ => "no-ve" };
        var depth = Number("--depth", 2, 1, 9, "How many actions a sequence has at most [2]");
        var cpus = Number("--cpus", 2, 1, 4, "Sequences with 1 to so many vCPUs [2]");
        var workers = Number("--workers", (ulong)Environment.ProcessorCount, 1, 256, "Threads [one a processor]");
        var limit = Number("--limit", 5_000_000, 1, uint.MaxValue, "States of a part beyond which it is given up [5000000]");
        var report = File("--report", "Writes a page for people: verdict, coverage, counterexample");
        var replay = File("--replay", "Writes the counterexample, for 'vector20 replay'");
        var checkpoint = File("--checkpoint", "Keeps results in a file, as they come");
        var resume = File("--resume", "Goes on from such a file");
        var instruction = new Option<bool>("--every-instruction") { Description = "Without partial-order reduction: every instruction is a step" };
        var parts = new Option<PartKind[]>("--part") { Description = $"Only these parts: {string.Join(", ", Names.All<PartKind>())}", HelpName = "name", Arity = ArgumentArity.OneOrMore, CustomParser = Values.List<PartKind> };
        var command = new Command("prove", "Performs every action that there is, and says whether a property holds: PROVED, REFUTED with the shortest counterexample, or UNDECIDED")
        {
            property, depth, cpus, parts, instruction, workers, limit, report, replay, checkpoint, resume,
        };
        common.AddTo(command);
        command.SetAction(parsed => ProofRunner.Run(
            new ProofOrder
            {
                Property = parsed.GetValue(property)!,
                Depth = (int)parsed.GetValue(depth),
                Cpus = (int)parsed.GetValue(cpus),
                Workers = (int)parsed.GetValue(workers),
                Limit = (long)parsed.GetValue(limit),
                Report = parsed.GetValue(report),
                Replay = parsed.GetValue(replay),
                Checkpoint = parsed.GetValue(checkpoint),
                Resume = parsed.GetValue(resume),
                Parts = parsed.GetValue(parts) is { Length: > 0 } wanted ? wanted : null,
                Size = parsed.GetValue(instruction) ? StepSize.Instruction : StepSize.Visible,
                VeCheck = common.VeCheck(parsed),
                HardwareFaults = common.HardwareFaults(parsed),
                HypervisorBugs = common.HypervisorBugs(parsed),
                Json = common.Json(parsed),
                Color = common.Color(parsed, streams),
            },
            streams));
        return command;
    }

    private static Option<ulong> Number(string name, ulong usual, ulong least, ulong most, string what) =>
        new(name) { Description = what, HelpName = "n", CustomParser = Values.Number(least, most, "number that it takes"), DefaultValueFactory = _ => usual };

    private static Option<string?> File(string name, string what) => new(name) { Description = what, HelpName = "file" };
}
