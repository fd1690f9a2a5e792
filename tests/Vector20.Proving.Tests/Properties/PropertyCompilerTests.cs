using Vector20.Proving.Exploring;
using Vector20.Proving.Properties;
using Vector20.Proving.Tests.Exploring;
using Vector20.Testing;

namespace Vector20.Proving.Tests.Properties;

/// <summary>A property of the user's own, out of a C# file.</summary>
public sealed class PropertyCompilerTests : IDisposable
{
    private const string Good = """
        public sealed class NoCpuid : Property
        {
            public override string Name => "no-cpuid";
            public override string Claim => "no guest executes CPUID";
            public override PropertyKind Kind => PropertyKind.Never;
            public override string? Examine(Observation seen) => seen.Events.Any(e => e is { Kind: EventStepKind.VmExit, Value: (ulong)ExitReason.Cpuid }) ? "a guest executed CPUID" : null;
        }
        """;

    private readonly string _file = Path.GetTempFileName();

    [Fact]
    public void A_property_of_ones_own_is_compiled_and_finds_what_it_looks_for()
    {
        Assert.Null(Compile(Good, out Func<Property>? property));
        Assert.Equal("no-cpuid", property!().Name);
        Assert.NotSame(property(), property());
        Proof proof = Proofs.Run(Proofs.Small with { Property = property, Vcpus = [1] });
        Assert.Equal(ProofVerdict.Refuted, proof.Verdict);
        Assert.Equal("vcpu0 cpuid", proof.Counterexample!.Path[0].ToString());
        Assert.Equal("a guest executed CPUID", proof.Counterexample.What);
    }

    [Fact]
    public void The_template_in_docs_compiles_and_is_refuted_by_an_NMI()
    {
        Assert.Null(PropertyCompiler.TryCompile(Path.Combine(Repository.Root, "docs", "NoNmi.cs"), out Func<Property>? property));
        Assert.Equal("vcpu0 nmi", Proofs.Run(Proofs.Small with { Property = property!, Vcpus = [1] }).Counterexample!.Path[0].ToString());
    }

    [Theory]
    [InlineData("public sealed class P : Property { oops }", "(1,")]
    [InlineData("\n\n  public sealed class P : Property;", "(3,23): CS0534")]
    [InlineData("", "0 public classes derive from Property; one must")]
    [InlineData("public class NoProperty;", "0 public classes derive from Property; one must")]
    public void What_does_not_compile_or_holds_none_is_one_line_with_its_place(string source, string says) => AssertRefused(source, says);

    [Fact]
    public void Two_properties_are_one_too_many() => AssertRefused(Good + Good.Replace("NoCpuid", "Another", StringComparison.Ordinal), "2 public classes derive from Property; one must");

    [Fact]
    public void One_that_cannot_be_made_is_refused() =>
        AssertRefused(Good.Replace("{\n    public override string Name", "{\n    public NoCpuid(int n) { }\n    public override string Name", StringComparison.Ordinal), "no public constructor without parameters");

    [Fact]
    public void A_file_that_cannot_be_read_is_refused_in_one_line()
    {
        Assert.DoesNotContain('\n', PropertyCompiler.TryCompile("/no/such/file.cs", out _)!);
        Assert.DoesNotContain('\n', PropertyCompiler.TryCompile(Path.GetTempPath(), out _)!);
    }

    public void Dispose() => File.Delete(_file);

    private string? Compile(string source, out Func<Property>? property)
    {
        File.WriteAllText(_file, source);
        return PropertyCompiler.TryCompile(_file, out property);
    }

    private void AssertRefused(string source, string says)
    {
        string wrong = Compile(source, out Func<Property>? property)!;
        Assert.Null(property);
        Assert.StartsWith(_file, wrong, StringComparison.Ordinal);
        Assert.Contains(says, wrong, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', wrong);
    }
}
