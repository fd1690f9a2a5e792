using Vector20.Testing;

namespace Vector20.Cli.Tests.Rules;

public class RuleTableTests
{
    [Fact]
    [Trait("Speed", "Slow")]
    public void The_table_of_rules_is_as_the_attributes_say()
    {
        string path = Path.Combine(Repository.Root, "docs", "rules.md"), table = RuleTable.Markdown(RuleTable.Read());
        if (Environment.GetEnvironmentVariable("VECTOR20_UPDATE") == "1") File.WriteAllText(path, table);
        Assert.True(File.Exists(path) && File.ReadAllText(path) == table, "docs/rules.md is stale: run tools/update-docs");
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Every_rule_has_a_test_or_stands_in_the_list_of_those_without()
    {
        string path = Path.Combine(Repository.Root, "docs", "untested-rules.txt");
        IReadOnlyList<Rule> rules = RuleTable.Read();
        string[] untested = [.. rules.Where(rule => !IsTested(rule, rules)).Select(rule => $"{rule.Volume} {rule.Section} {rule.Title}")];
        if (Environment.GetEnvironmentVariable("VECTOR20_UPDATE") == "1") File.WriteAllLines(path, untested);
        Assert.Equal(File.ReadAllLines(path), untested);
    }

    /// <summary>A chapter is tested when a section of it is.</summary>
    private static bool IsTested(Rule rule, IReadOnlyList<Rule> all) =>
        rule.Tests.Count > 0 || all.Any(other => other.Volume == rule.Volume && other.Tests.Count > 0 && other.Section.StartsWith(rule.Section + ".", StringComparison.Ordinal));

    [Fact]
    public void Sections_are_in_the_order_of_the_manual()
    {
        string[] sections = [.. RuleTable.Read().Where(rule => rule.Volume == "3A").Select(rule => rule.Section)];
        Assert.True(Array.IndexOf(sections, "6.9") < Array.IndexOf(sections, "6.14"));
    }
}
