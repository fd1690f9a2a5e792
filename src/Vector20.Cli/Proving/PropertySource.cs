using System.Security.Cryptography;
using Vector20.Proving.Properties;

namespace Vector20.Cli.Proving;

/// <summary>From what names a property to what makes it: a name of the table, or a C# file.</summary>
internal static class PropertySource
{
    /// <summary>Finds it.</summary>
    /// <returns>Null, or why there is none, in a line.</returns>
    public static string? TryGet(string name, out Func<Property>? property)
    {
        property = PropertyTable.Find(name);
        if (property is not null) return null;
        if (IsFile(name)) return PropertyCompiler.TryCompile(name, out property);
        return $"'{name}' is no property; give {string.Join(", ", PropertyTable.All.Select(make => make().Name))}, or a C# file";
    }

    /// <summary>Tells one text of a C# file from another; empty for a name of the table.</summary>
    public static string DigestOf(string name) => IsFile(name) ? $" ({Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(name)))[..16]})" : "";

    /// <summary>Whether a C# file is named.</summary>
    public static bool IsFile(string name) => name.EndsWith(".cs", StringComparison.OrdinalIgnoreCase);
}
