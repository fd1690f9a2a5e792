using Vector20.Testing;

namespace Vector20.Cli.Tests;

/// <summary>The transcripts in README and docs are what the commands print.</summary>
public class TranscriptTests
{
    private const string Prompt = "$ ./vector20 ", Skipped = "...";

    public static TheoryData<string> Pages => ["README.md", "docs/ask.md"];

    [Theory]
    [Trait("Speed", "Slow")]
    [MemberData(nameof(Pages))]
    public void Every_transcript_is_what_the_command_prints(string page)
    {
        string path = Path.Combine(Repository.Root, page), written = File.ReadAllText(path), actual = Rewrite(written);
        if (Environment.GetEnvironmentVariable("VECTOR20_UPDATE") == "1") File.WriteAllText(path, actual);
        else Assert.Equal(written, actual);
        Assert.Contains("  verdict", actual, StringComparison.Ordinal);
    }

    /// <summary>The page with every block of commands as it should be. Of a block with '...' only what follows it is compared.</summary>
    private static string Rewrite(string page)
    {
        string[] blocks = page.Split("```console\n");
        for (int i = 1; i < blocks.Length; i++)
        {
            string[] parts = blocks[i].Split("```\n", 2);
            blocks[i] = Transcript(parts[0]) + "```\n" + parts[1];
        }

        return string.Join("```console\n", blocks);
    }

    private static string Transcript(string block)
    {
        string[] lines = block.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string output = Cli.Run(lines[0][Prompt.Length..].Split(' ')).Output;
        if (lines.Length < 2 || lines[1] != Skipped) return $"{lines[0]}\n{output}";
        string[] tail = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^(lines.Length - 2)..];
        return $"{lines[0]}\n{Skipped}\n{string.Join('\n', tail)}\n";
    }
}
