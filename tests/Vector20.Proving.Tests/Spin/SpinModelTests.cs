using System.Text.RegularExpressions;
using Vector20.Testing;

namespace Vector20.Proving.Tests.Spin;

/// <summary>bench/spin/ve.pml, the model that the prover is compared with, says of one EPT entry what the prover says.</summary>
public partial class SpinModelTests
{
    private const string Script = """
        cd "$1"
        "$2" "$4" -a "$5"
        "$3" -O1 -w -DSAFETY -DNOREDUCE -o pan pan.c
        ./pan -m100000
        """;

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public void The_model_loses_bit_63_only_if_a_zap_writes_zero(bool zapWritesZero, int errors)
    {
        string spin = ExternalTools.Spin, gcc = ExternalTools.Gcc;
        string folder = Directory.CreateTempSubdirectory("vector20-spin-").FullName;
        try
        {
            string bug = zapWritesZero ? "-DZAP_WRITES_ZERO" : "-DVCPUS=2", model = Path.Combine(Repository.Root, "bench", "spin", "ve.pml");
            (int code, string output, string error) = Tool.Run("sh", "-ec", Script, "sh", folder, spin, gcc, bug, model);
            Assert.True(code == 0, output + error);
            Assert.Equal(errors, int.Parse(Errors().Match(output).Groups[1].Value));
            Assert.DoesNotContain("max search depth too small", output);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [GeneratedRegex(@"errors: (\d+)")]
    private static partial Regex Errors();
}
