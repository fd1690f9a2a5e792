using System.Text.RegularExpressions;
using Vector20.Testing;

namespace Vector20.Cli.Tests.Proving;

/// <summary>Where one action suffices the table of deviations gives the question; asked, it shows the same.</summary>
public partial class AskLineTests
{
    public static TheoryData<string, string> Lines
    {
        get
        {
            var lines = new TheoryData<string, string>();
            foreach (Match row in Row().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "deviations.md")))) lines.Add(row.Groups[1].Value, row.Groups[2].Value);
            return lines;
        }
    }

    [Theory, MemberData(nameof(Lines))]
    public void A_question_of_the_table_shows_what_refutes_the_property(string property, string question)
    {
        CommandResult result = Cli.Run(question.Split(' '));
        Assert.Empty(result.Error);
        Assert.Equal(property == "no-ve" ? ExitCode.Fails : ExitCode.Good, result.ExitCode);
    }

    [Theory, MemberData(nameof(Lines))]
    public void Control_without_the_deviation_it_does_not(string property, string question)
    {
        string[] words = question.Split(' ');
        CommandResult result = Cli.Run(words[..^2]);
        Assert.StartsWith("--h", words[^2], StringComparison.Ordinal);
        Assert.Equal(ExitCode.Good, result.ExitCode);
        Assert.NotEqual(Cli.Run(words).Output, result.Output);
        Assert.NotEmpty(property);
    }

    [GeneratedRegex(@"\| `([\w-]+)` \| REFUTED \| 1 \| \w+ \| `vector20 (ask [^`]+)` \|")]
    private static partial Regex Row();
}
