namespace Vector20.Machine;

/// <summary>
/// Names the rule of the Intel SDM (December 2023 numbering) that the code beneath implements or the test beneath
/// checks. The table rule - code - tests in docs/rules.md is generated from these.
/// </summary>
/// <param name="volume">The volume: "1", "2A" .. "2D", "3A" .. "3D", "4", or the name of another specification.</param>
/// <param name="section">The section number, for instance "26.5.7.2".</param>
/// <param name="title">The section's title.</param>
[AttributeUsage(AttributeTargets.All, AllowMultiple = true, Inherited = false)]
public sealed class ManualAttribute(string volume, string section, string title) : Attribute
{
    /// <summary>The volume of the manual.</summary>
    public string Volume { get; } = volume;

    /// <summary>The section's number.</summary>
    public string Section { get; } = section;

    /// <summary>The section's title.</summary>
    public string Title { get; } = title;
}
