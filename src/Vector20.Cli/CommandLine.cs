using System.CommandLine;
using Vector20.Cli.Answering;
using Vector20.Cli.Options;
using Vector20.Cli.Output;
using Vector20.Cli.Proving;
using Vector20.Cli.Qemu;
using Vector20.Cli.Running;
using Vector20.Cli.Vectors;

namespace Vector20.Cli;

/// <summary>From arguments to an exit code.</summary>
public static class CommandLine
{
    /// <summary>Parses and runs a command. Bad usage is one line on the error stream; a defect of Vector20 is one line and its trace.</summary>
    public static int Run(IReadOnlyList<string> arguments, Streams streams)
    {
        try
        {
            if (arguments is [QemuCommand.Name, ..]) return QemuCommand.Run([.. arguments.Skip(1)], streams);
            if (NameLists.PrintIfAskedFor(arguments, streams)) return ExitCode.Good;
            RootCommand root = Root(streams);
            ParseResult parsed = root.Parse(arguments);
            if (parsed.Errors.Count > 0 && !HelpWithExamples.IsAskedFor(parsed))
                return streams.Refuse($"{Complaint(parsed)} (see '{HelpWithExamples.CommandOf(parsed.CommandResult)} --help')");
            return parsed.Invoke(new InvocationConfiguration { Output = streams.Output, Error = streams.Error, EnableDefaultExceptionHandler = false });
        }
        catch (IOException e)
        {
            return streams.Refuse($"{OneLine(e.Message)}; make room, or write elsewhere");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            streams.Error.WriteLine($"vector20: a defect of Vector20 itself: {OneLine(e.Message)}");
            streams.Error.WriteLine(e.StackTrace);
            return ExitCode.Defect;
        }
    }

    private static RootCommand Root(Streams streams)
    {
        var root = new RootCommand("A virtual x86-64 machine for asking hypervisor what-if questions: can a guest make this happen, and by which path?")
        {
            AskCommand.Make(streams),
            VectorsCommand.Make(streams),
            RunCommand.Make(streams),
            ProveCommand.Make(streams),
            ReplayCommand.Make(streams),
        };
        HelpWithExamples.AddTo(root);
        return root;
    }

    private static string Complaint(ParseResult parsed) =>
        parsed.UnmatchedTokens is [string unknown, ..] ? $"'{unknown}' is no command, option or argument here" : OneLine(parsed.Errors[0].Message);

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").TrimEnd('.', ' ');
}
