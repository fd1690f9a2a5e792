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
