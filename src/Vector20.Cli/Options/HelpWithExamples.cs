using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Vector20.Cli.Options;

/// <summary>The help of a command, and examples of it behind.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    private static readonly Dictionary<string, string[]> s_examples = new()
    {
        ["vector20"] =
        [
            "vector20 ask ipi 20",
            "vector20 vectors",
            "vector20 prove",
            "vector20 run --bare --smp 2 /boot/memtest86+x64.bin --append console=ttyS0",
        ],
        ["ask"] =
        [
            "vector20 ask ipi 20                                  an IPI with vector 20 to itself",
            "vector20 ask int3 --exception-bitmap 8               INT3 with its bit of the bitmap set",
            "vector20 ask touch not-present --no-suppress-ve      a missing page whose entry does not suppress #VE",
            "vector20 ask lvt timer 5 --masked",
            "vector20 ask ipi 20 --apic bare --hardware-fault ipi-20-as-exception",
        ],
        ["vectors"] =
        [
            "vector20 vectors",
            "vector20 vectors --apic emulated --json",
            "vector20 vectors --hypervisor none --hardware-fault apic-accepts-illegal-vectors",
        ],
        ["prove"] =
        [
            "vector20 prove                                   no guest reaches #VE: every action, sequences of 2, 1 and 2 vCPUs",
            "vector20 prove help                              the properties",
            "vector20 prove guest-isolated --cpus 1 --report page.html",
            "vector20 prove --hypervisor-bug zap-writes-zero --part sequences --replay zap.json",
            "vector20 prove --depth 3 --checkpoint long.jsonl",
            "vector20 prove docs/NoNmi.cs                     a property of your own",
        ],
        ["replay"] = ["vector20 replay zap.json"],
        ["run"] =
        [
            "vector20 run kernel.elf                          as a guest, with the #VE check on",
            "vector20 run --bare --smp 4 -m 256M kernel.elf   on the bare machine",
            "vector20 run bzImage --initrd initrd.gz --append console=ttyS0",
            "vector20 run --at 0x7c00 boot.bin                a boot sector, in real mode",
            "vector20 run --screen --bare /boot/memtest86+x64.bin",
            "vector20 run --bare --trace kvm.txt kernel.elf   VM entries, exits, IPIs as lines of KVM's trace events",
            "vector20 run --trace out.pftrace kernel.elf      the same for ui.perfetto.dev",
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

    /// <summary>The command as it is typed: the program's name and those of the subcommands.</summary>
    public static string CommandOf(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{CommandOf(parent)} {result.Command.Name}" : "vector20";

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int code = usual.Invoke(parseResult);
        Command command = parseResult.CommandResult.Command;
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (string example in ExamplesOf(command)) output.WriteLine($"  {example}");
        return code;
    }

    /// <summary>A subcommand's own are those of its parent that name it; without any, all of them.</summary>
    private static IEnumerable<string> ExamplesOf(Command command)
    {
        if (command is RootCommand) return s_examples["vector20"];
        if (s_examples.TryGetValue(command.Name, out string[]? own)) return own;
        string[] of = [.. s_examples["ask"].Where(example => example.Split(' ').Contains(command.Name))];
        return of.Length > 0 ? of : s_examples["ask"];
    }
}
