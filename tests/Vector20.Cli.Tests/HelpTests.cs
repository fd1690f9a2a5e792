namespace Vector20.Cli.Tests;

public class HelpTests
{
    [Theory]
    [InlineData("--help")]
    [InlineData("run --help")]
    [InlineData("ask --help")]
    [InlineData("vectors --help")]
    [InlineData("ask ipi --help")]
    [InlineData("run --frob --help")]
    public void Help_describes_the_options_and_gives_examples(string line)
    {
        CommandResult result = Cli.Run(line.Split(' '));
        Assert.Equal(ExitCode.Good, result.ExitCode);
        Assert.Contains("Examples:", result.Output, StringComparison.Ordinal);
        Assert.Contains("  vector20 ", result.Output, StringComparison.Ordinal);
        Assert.Empty(result.Error);
    }

    [Theory]
    [InlineData("ask lvt --help", "ask lvt <entry> <vector>", "timer, thermal, perf")]
    [InlineData("ask touch --help", "ask touch <state>", "not-present, mmio, read-only")]
    [InlineData("ask exception --help", "ask exception <name>", "divide-error, debug")]
    public void Arguments_have_short_names_and_their_values_are_listed_as_they_are_typed(string line, string usage, string values)
    {
        string output = Cli.Run(line.Split(' ')).Output;
        Assert.Contains(usage, output, StringComparison.Ordinal);
        Assert.Contains(values, output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_help_of_ask_fits_a_terminal() =>
        Assert.All(Cli.Run("ask", "--help").Output.Split('\n'), row => Assert.InRange(row.Length, 0, 120));

    [Theory]
    [InlineData("run --hardware-fault help", "ve-ignores-suppress")]
    [InlineData("run --hardware-fault=help", "ipi-20-as-exception")]
    [InlineData("run --hypervisor-bug help", "frozen-without-suppress")]
    public void The_names_of_faults_and_bugs_are_listed_on_request(string line, string name)
    {
        CommandResult result = Cli.Run(line.Split(' '));
        Assert.Equal(ExitCode.Good, result.ExitCode);
        Assert.Contains(result.Output.Split('\n'), row => row.StartsWith(name, StringComparison.Ordinal));
    }
}
