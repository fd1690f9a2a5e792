using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Vector20.Cli.Options;

/// <summary>The help of a command, and examples of it behind.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    private static readonly Dictionary<string, string[]> s_examples = new()
    {
        ["vector20"] =
        [
            "vector20 run --bare --smp 2 /boot/memtest86+x64.bin --append console=ttyS0",
        ],
        ["run"] =
        [
            "vector20 run kernel.elf                          as a guest, with the #VE check on",
            "vector20 run --bare --smp 4 -m 256M kernel.elf   on the bare machine",
            "vector20 run bzImage --initrd initrd.gz --append console=ttyS0",
            "vector20 run --at 0x7c00 boot.bin                a boot sector, in real mode",
            "vector20 run --screen --bare /boot/memtest86+x64.bin",
            "vector20 run --hardware-fault help               the deviations of the silicon, by name",
        ],
    };

    /// <summary>Replaces the help of the root command; every command beneath inherits it.</summary>
    public static void AddTo(RootCommand root)
    {
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
    }

    /// <summary>Whether the arguments ask for help, whatever else is wrong with them.</summary>
    public static bool IsAskedFor(ParseResult parsed) => parsed.Action is HelpWithExamples;

    /// <summary>The command as it is typed: the program's name and the subcommand's.</summary>
    public static string CommandOf(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        return command is RootCommand ? "vector20" : $"vector20 {command.Name}";
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int code = usual.Invoke(parseResult);
        Command command = parseResult.CommandResult.Command;
        TextWriter output = parseResult.InvocationConfiguration.Output;
        if (!s_examples.TryGetValue(command is RootCommand ? "vector20" : command.Name, out string[]? examples)) return code;
        output.WriteLine("Examples:");
        foreach (string example in examples) output.WriteLine($"  {example}");
        return code;
    }
}
