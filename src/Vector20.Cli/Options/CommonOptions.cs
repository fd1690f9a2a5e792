using System.CommandLine;
using Vector20.Cli.Output;
using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Proving.Questions;

namespace Vector20.Cli.Options;

/// <summary>Options that several commands have.</summary>
internal sealed class CommonOptions
{
    private readonly Option<bool> _json = new("--json") { Description = "One JSON document; docs/json.md names its fields" };
    private readonly Option<bool> _noColor = new("--no-color") { Description = "No colors" };
    private readonly Option<VeCheck> _veCheck = new("--ve-check")
    {
        Description = "What the #VE check does when it fires [kill]", HelpName = "kill|warn|off", CustomParser = Values.Name<VeCheck>,
    };

    private readonly Option<HardwareFaults> _hardwareFaults = new("--hardware-fault")
    {
        Description = "A deviation of the silicon from the manual, by name; 'help' lists them", HelpName = "name", Arity = ArgumentArity.OneOrMore,
        CustomParser = Values.Flags(Names.HardwareFaults, (a, b) => a | b),
    };

    private readonly Option<HypervisorBugs> _hypervisorBugs = new("--hypervisor-bug")
    {
        Description = "A bug of the hypervisor, by name; 'help' lists them", HelpName = "name", Arity = ArgumentArity.OneOrMore,
        CustomParser = Values.Flags(Names.HypervisorBugs, (a, b) => a | b),
    };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_veCheck);
        command.Add(_hardwareFaults);
        command.Add(_hypervisorBugs);
        command.Add(_json);
        command.Add(_noColor);
    }

    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    public bool Color(ParseResult parsed, Streams streams) =>
        streams.IsTerminal && !parsed.GetValue(_noColor) && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    public VeCheck VeCheck(ParseResult parsed) => parsed.GetValue(_veCheck);

    public HardwareFaults HardwareFaults(ParseResult parsed) => parsed.GetValue(_hardwareFaults);

    public HypervisorBugs HypervisorBugs(ParseResult parsed) => parsed.GetValue(_hypervisorBugs);
}
