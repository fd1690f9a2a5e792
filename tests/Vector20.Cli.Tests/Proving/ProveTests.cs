using System.Text.Json;

namespace Vector20.Cli.Tests.Proving;

public sealed class ProveTests : IDisposable
{
    private static readonly string[] s_small = ["--part", "sequences", "--depth", "1", "--cpus", "1", "--workers", "1"];
    private readonly string _folder = Directory.CreateTempSubdirectory("vector20-").FullName;

    public static TheoryData<string, string> Bad => new()
    {
        { "prove no-such-property", "'no-such-property' is no property; give no-ve" },
        { "prove /no/such/file.cs", "/no/such/file.cs" },
        { "prove --part all", "--part" },
        { "prove --depth 0", "--depth" },
        { "prove --cpus 5", "--cpus" },
        { "prove --workers 0", "--workers" },
        { "prove --limit none", "--limit" },
        { "prove --hypervisor-bug moth", "'moth' is none of its names" },
        { "prove --checkpoint a --resume b", "give one of them" },
        { "prove --resume FOLDER/missing", "no such file" },
        { "prove --resume NOTES", "it is no checkpoint" },
        { "prove --checkpoint NOTES", "it is no checkpoint" },
        { "prove --checkpoint FOLDER", "name a file that can be written" },
        { "prove --checkpoint FOLDER/no/such", "name a file that can be written" },
        { "prove --report FOLDER/no/such", "name a file that can be written" },
        { "prove --replay FOLDER", "name a file that can be written" },
        { "replay", "replay" },
        { "replay FOLDER", "name a file that can be read" },
        { "replay FOLDER/missing", "no such file" },
        { "replay NOTES", "no replay file" },
    };

    [Theory, MemberData(nameof(Bad))]
    public void Bad_usage_is_one_line_and_exit_code_2(string line, string says)
    {
        File.WriteAllText(At("notes"), "my notes");
        CommandResult result = Cli.Run([.. line.Split(' ').Select(a => a.Replace("FOLDER", _folder, StringComparison.Ordinal).Replace("NOTES", At("notes"), StringComparison.Ordinal))]);
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains(says, Assert.Single(result.ErrorLines), StringComparison.Ordinal);
        Assert.Empty(result.Output);
        Assert.Equal("my notes", File.ReadAllText(At("notes")));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_property_that_holds_is_proved_with_exit_code_0()
    {
        CommandResult result = Cli.Run(["prove", "check-armed", .. s_small]);
        Assert.Contains("  verdict     PROVED: ", result.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Good, result.ExitCode);
        Assert.Empty(result.Error);
    }

    [Fact]
    public void Where_not_enough_was_seen_or_a_limit_reached_nothing_is_decided_and_the_exit_code_is_3()
    {
        Assert.Equal(ExitCode.Undecided, Cli.Run("prove", "no-ve", "--part", "decisions").ExitCode);
        Assert.Equal(ExitCode.Undecided, Cli.Run(["prove", "check-armed", .. s_small, "--limit", "10"]).ExitCode);
    }

    [Fact]
    public void A_property_that_does_not_hold_is_refuted_with_a_page_and_a_replay_that_comes_to_the_same_verdict()
    {
        CommandResult result = Cli.Run(["prove", "no-ve", .. s_small, "--hypervisor-bug", "nonpresent-without-suppress", "--report", At("page.html"), "--replay", At("replay")]);
        Assert.Equal(ExitCode.Fails, result.ExitCode);
        Assert.Contains("  verdict     REFUTED: after 1 action: ", result.Output, StringComparison.Ordinal);
        Assert.Contains("  broken by   hypervisor: ", result.Output, StringComparison.Ordinal);
        Assert.Contains("REFUTED", File.ReadAllText(At("page.html")), StringComparison.Ordinal);
        CommandResult replayed = Cli.Run("replay", At("replay"));
        Assert.Equal(ExitCode.Fails, replayed.ExitCode);
        Assert.Contains("  verdict     REFUTED, as recorded: ", replayed.Output, StringComparison.Ordinal);
        File.WriteAllText(At("replay"), File.ReadAllText(At("replay")).Replace("nonpresent-without-suppress", "none", StringComparison.Ordinal));
        CommandResult mended = Cli.Run("replay", At("replay"));
        Assert.Equal(ExitCode.Good, mended.ExitCode);
        Assert.Contains("NOT REFUTED", mended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_replay_of_a_property_that_there_is_not_is_one_line_and_exit_code_2()
    {
        Cli.Run(["prove", "no-ve", .. s_small, "--hypervisor-bug", "nonpresent-without-suppress", "--replay", At("replay")]);
        File.WriteAllText(At("replay"), File.ReadAllText(At("replay")).Replace("\"no-ve\"", "\"no-vet\"", StringComparison.Ordinal));
        CommandResult result = Cli.Run("replay", At("replay"));
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains("'no-vet' is no property", Assert.Single(result.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_proof_as_JSON_has_these_fields()
    {
        CommandResult result = Cli.Run(["prove", "no-ve", .. s_small, "--hypervisor-bug", "nonpresent-without-suppress", "--json", "--replay", At("replay")]);
        using JsonDocument document = JsonDocument.Parse(result.Output);
        JsonElement root = document.RootElement;
        Assert.Equal(
            ["property", "claim", "verdict", "why", "depth", "vcpus", "parts", "decisions", "sometimes", "leftOut", "assumptions", "executed", "states", "workers", "seconds", "counterexample", "exitCode"],
            Fields(root));
        Assert.Equal("refuted", root.GetProperty("verdict").GetString());
        Assert.Equal(["part", "what", "end", "executed", "states", "depth", "seconds"], Fields(root.GetProperty("parts")[0]));
        Assert.Equal(["name", "claim", "seen"], Fields(root.GetProperty("sometimes")[0]));
        JsonElement found = root.GetProperty("counterexample");
        Assert.Equal(["world", "interleaved", "path", "what", "brokenBy", "rule", "ask", "part"], Fields(found));
        Assert.Equal(["action", "path"], Fields(found.GetProperty("path")[0]));
        Assert.Equal("hypervisor", found.GetProperty("brokenBy").GetString());
        Assert.Equal(["nonpresent-without-suppress"], found.GetProperty("world").GetProperty("hypervisorBugs").EnumerateArray().Select(b => b.GetString()));
        using JsonDocument replay = JsonDocument.Parse(Cli.Run("replay", At("replay"), "--json").Output);
        Assert.Equal(["property", "world", "interleaved", "size", "path", "violation", "recorded", "brokenBy", "rule", "verdict", "exitCode"], Fields(replay.RootElement));
        Assert.Equal(ExitCode.Fails, replay.RootElement.GetProperty("exitCode").GetInt32());
    }

    [Fact]
    public void A_proof_of_decisions_as_JSON_names_each()
    {
        using JsonDocument document = JsonDocument.Parse(Cli.Run("prove", "decision-rules", "--json").Output);
        Assert.Equal("proved", document.RootElement.GetProperty("verdict").GetString());
        Assert.Equal(["name", "rule", "inputs"], Fields(document.RootElement.GetProperty("decisions")[0]));
    }

    [Fact]
    public void A_property_of_ones_own_is_proved_by_the_same_command_and_a_checkpoint_is_of_its_text_as_it_was()
    {
        const string Own = """
            public sealed class Nothing : Property
            {
                public override string Name => "nothing";
                public override string Claim => "nothing is wrong";
                public override string? Examine(Observation seen) => null;
            }
            """;
        File.WriteAllText(At("own.cs"), Own);
        string[] line = ["prove", At("own.cs"), .. s_small, "--checkpoint", At("checkpoint")];
        Assert.Equal(ExitCode.Good, Cli.Run(line).ExitCode);
        Assert.Equal(ExitCode.Good, Cli.Run(line).ExitCode);
        File.WriteAllText(At("own.cs"), Own.Replace("=> null", "=> \"everything is\"", StringComparison.Ordinal));
        CommandResult changed = Cli.Run(line);
        Assert.Equal(ExitCode.Usage, changed.ExitCode);
        Assert.Contains("another proof", Assert.Single(changed.ErrorLines), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Fails, Cli.Run(["prove", At("own.cs"), .. s_small]).ExitCode);
    }

    [Fact]
    public void Help_lists_the_properties() => Assert.Contains("guest-isolated", Cli.Run("prove", "help").Output, StringComparison.Ordinal);

    public void Dispose() => Directory.Delete(_folder, true);

    private static string[] Fields(JsonElement element) => [.. element.EnumerateObject().Select(p => p.Name)];

    private string At(string name) => Path.Combine(_folder, name);
}
