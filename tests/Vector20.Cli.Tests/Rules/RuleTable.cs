using System.Reflection;
using System.Text;
using Vector20.Machine;

namespace Vector20.Cli.Tests.Rules;

/// <summary>A rule of a manual, the code that carries it and the tests that check it.</summary>
internal sealed record Rule(string Volume, string Section, string Title, IReadOnlyList<string> Code, IReadOnlyList<string> Tests);

/// <summary>The table rule - code - tests, from the [Manual] attributes of every project.</summary>
internal static class RuleTable
{
    private static readonly string[] s_projects = ["Machine", "Hypervisor", "Proving", "Cli"];

    /// <summary>Every rule that code or tests name, in the manuals' order.</summary>
    public static IReadOnlyList<Rule> Read()
    {
        var code = new List<(ManualAttribute Rule, string Where)>();
        var tests = new List<(ManualAttribute Rule, string Where)>();
        foreach (string project in s_projects)
        {
            string folder = Path.Combine(AppContext.BaseDirectory, "..", "..", $"Vector20.{project}.Tests", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')));
            code.AddRange(Marked(Load(folder, project == "Cli" ? "vector20" : $"Vector20.{project}")));
            tests.AddRange(Marked(Load(folder, $"Vector20.{project}.Tests")));
        }

        return
        [
            .. code.Concat(tests).GroupBy(mark => KeyOf(mark.Rule))
                .Select(marks => new Rule(marks.Key.Volume, marks.Key.Section, Dashed(marks.First().Rule.Title).Replace("|", "\\|", StringComparison.Ordinal), Where(code, marks.Key), Where(tests, marks.Key)))
                .OrderBy(rule => rule.Volume, StringComparer.Ordinal).ThenBy(rule => SectionKey(rule.Section), StringComparer.Ordinal).ThenBy(rule => rule.Title, StringComparer.Ordinal),
        ];
    }

    /// <summary>The table as Markdown.</summary>
    public static string Markdown(IReadOnlyList<Rule> rules)
    {
        var text = new StringBuilder();
        text.Append("# Rules\n\nEvery rule of a manual that the code names, where it is coded, and which tests check it. Generated from the `[Manual]` attributes by\n");
        text.Append("`tools/update-docs`; a test fails when this file is stale, or when a rule has no test and is not in [untested-rules.txt](untested-rules.txt).\n");
        foreach (IGrouping<string, Rule> volume in rules.GroupBy(rule => rule.Volume))
        {
            text.Append($"\n## {(char.IsAsciiDigit(volume.Key[0]) ? "SDM volume " : "")}{volume.Key}\n\n| rule | code | tests |\n| --- | --- | --- |\n");
            foreach (Rule rule in volume) text.Append($"| {rule.Section} {rule.Title} | {string.Join(", ", rule.Code)} | {string.Join(", ", rule.Tests)} |\n");
        }

        return text.ToString();
    }

    private static Assembly Load(string folder, string name) => Assembly.LoadFrom(Path.GetFullPath(Path.Combine(folder, $"{name}.dll")));

    private static IEnumerable<(ManualAttribute Rule, string Where)> Marked(Assembly assembly)
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        foreach (Type type in assembly.GetTypes())
        {
            foreach (MemberInfo member in type.GetMembers(All).Prepend(type))
            {
                if (member is Type && member != type) continue;
                foreach (CustomAttributeData data in member.CustomAttributes.Where(a => a.AttributeType.Name == nameof(ManualAttribute)))
                {
                    string[] text = [.. data.ConstructorArguments.Select(argument => (string)argument.Value!)];
                    yield return (new ManualAttribute(text[0], text[1], text[2]), member is Type ? NameOf(type) : $"{NameOf(type)}.{member.Name}");
                }
            }
        }
    }

    private static string NameOf(Type type) => type.DeclaringType is { } outer ? $"{NameOf(outer)}.{type.Name}" : type.Name.Split('`')[0];

    /// <summary>A section is one rule; in volume 2, whose sections hold all instructions, each instruction is.</summary>
    private static (string Volume, string Section, string Instruction) KeyOf(ManualAttribute rule) =>
        (rule.Volume, rule.Section, rule.Volume.StartsWith('2') ? Dashed(rule.Title) : "");

    /// <summary>The manual's dash between an instruction and what it does.</summary>
    private static string Dashed(string title) => title.Replace(" - ", "—", StringComparison.Ordinal);

    /// <summary>Types by name; of a type with several marked members, the type and their number.</summary>
    private static List<string> Where(IEnumerable<(ManualAttribute Rule, string Where)> marks, (string Volume, string Section, string Instruction) key) =>
    [
        .. marks.Where(mark => KeyOf(mark.Rule) == key).Select(mark => mark.Where).Distinct()
            .GroupBy(where => where.Split('.')[0]).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => group.Count() == 1 ? $"`{group.First()}`" : $"`{group.Key}` ({group.Count()})"),
    ];

    /// <summary>Numbers padded, so that 6.9 comes before 6.15.</summary>
    private static string SectionKey(string section) => string.Join('.', section.Split('.').Select(part => part.PadLeft(6)));
}
