using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Vector20.Proving.Properties;

/// <summary>Compiles a property out of a C# file of the user's: a public class that derives from <see cref="Property"/>, with a constructor without parameters.</summary>
public static class PropertyCompiler
{
    private const string Usings = """
        global using System; global using System.Collections.Generic; global using System.Linq; global using Vector20.Hypervisor; global using Vector20.Hypervisor.Mmu;
        global using Vector20.Machine; global using Vector20.Machine.Events; global using Vector20.Machine.Vmx; global using Vector20.Proving.Actions; global using Vector20.Proving.Properties;
        """;

    /// <summary>Compiles it.</summary>
    /// <returns>Null, or what is wrong in a line: where, and what the compiler says.</returns>
    public static string? TryCompile(string path, out Func<Property>? property)
    {
        property = null;
        string source;
        try
        {
            source = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{path}: {e.Message.TrimEnd('.')}; name a C# file that can be read";
        }

        using var code = new MemoryStream();
        CSharpCompilation compilation = CSharpCompilation.Create(
            $"property-{Guid.NewGuid():n}",
            [CSharpSyntaxTree.ParseText(Usings), CSharpSyntaxTree.ParseText(source, path: path)],
            References(),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, nullableContextOptions: NullableContextOptions.Enable));
        if (compilation.Emit(code).Diagnostics.FirstOrDefault(d => d.Severity == DiagnosticSeverity.Error) is { } error) return Describe(path, error);
        code.Position = 0;
        return TryFind(path, new AssemblyLoadContext(null).LoadFromStream(code), out property);
    }

    private static string? TryFind(string path, Assembly assembly, out Func<Property>? property)
    {
        property = null;
        Type[] found = [.. assembly.GetExportedTypes().Where(t => t.IsSubclassOf(typeof(Property)) && !t.IsAbstract)];
        if (found is not [{ } type]) return $"{path}: {found.Length} public classes derive from Property; one must";
        if (type.GetConstructor(Type.EmptyTypes) is not { } constructor) return $"{path}: {type.Name} has no public constructor without parameters; give it one";
        property = () => (Property)constructor.Invoke(null);
        return null;
    }

    private static IEnumerable<MetadataReference> References() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Where(File.Exists).Select(file => MetadataReference.CreateFromFile(file));

    private static string Describe(string path, Diagnostic error)
    {
        FileLinePositionSpan at = error.Location.GetLineSpan();
        return $"{path}({at.StartLinePosition.Line + 1},{at.StartLinePosition.Character + 1}): {error.Id}: {error.GetMessage(System.Globalization.CultureInfo.InvariantCulture).ReplaceLineEndings(" ")}";
    }
}
