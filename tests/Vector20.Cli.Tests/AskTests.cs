using System.Text.Json;

namespace Vector20.Cli.Tests;

public class AskTests
{
    [Theory]
    [InlineData("ipi 20", ExitCode.Good, "alive")]
    [InlineData("int 20", ExitCode.Good, "alive")]
    [InlineData("ipi 5", ExitCode.Good, "SendIllegalVector")]
    [InlineData("lvt timer 5 --masked", ExitCode.Good, "ReceiveIllegalVector")]
    [InlineData("int3 --exception-bitmap 8", ExitCode.Good, "its bit in the exception bitmap is 1")]
    [InlineData("int 3 --exception-bitmap 8", ExitCode.Good, "exception bitmap not consulted")]
    [InlineData("touch not-present --no-suppress-ve", ExitCode.Fails, "killed")]
    [InlineData("touch not-present --suppress-ve", ExitCode.Good, "alive")]
    [InlineData("ipi 20 --apic bare --hardware-fault ipi-20-as-exception", ExitCode.Fails, "killed")]
    [InlineData("exception #PF", ExitCode.Good, "PageFault")]
    public void A_question_is_answered_with_a_path_and_a_verdict(string line, int code, string says)
    {
        CommandResult result = Cli.Run(["ask", .. line.Split(' ')]);
        Assert.Contains(says, result.Output, StringComparison.Ordinal);
        Assert.StartsWith("  verdict", result.Output.TrimEnd().Split('\n')[^1], StringComparison.Ordinal);
        Assert.Equal(code, result.ExitCode);
        Assert.Empty(result.Error);
    }

    [Fact]
    public void Steps_name_their_sections_of_the_manual() =>
        Assert.Contains("SDM 3A 6.3.1", Cli.Run("ask", "ipi", "20").Output, StringComparison.Ordinal);

    [Fact]
    public void A_killed_guest_leaves_a_dump_of_VMCS_information_area_and_walk()
    {
        string output = Cli.Run("ask", "touch", "not-present", "--no-suppress-ve").Output;
        Assert.Contains("VMCS, guest state", output, StringComparison.Ordinal);
        Assert.Contains("+4  busy                    0xffffffff", output, StringComparison.Ordinal);
        Assert.Contains("level 1  0x0000000000000000  non-present", output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_as_JSON_has_the_same_path_and_verdict()
    {
        CommandResult result = Cli.Run("ask", "ipi", "20", "--json");
        using JsonDocument document = JsonDocument.Parse(result.Output);
        JsonElement root = document.RootElement;
        Assert.Equal("ipi", root.GetProperty("source").GetString());
        Assert.Equal(20, root.GetProperty("what").GetProperty("vector").GetInt32());
        Assert.Equal("kill", root.GetProperty("options").GetProperty("veCheck").GetString());
        Assert.Equal("alive", root.GetProperty("verdict").GetString());
        Assert.Equal("guest", root.GetProperty("path")[0].GetProperty("actor").GetString());
        Assert.Equal(0, root.GetProperty("exitCode").GetInt32());
    }

    [Fact]
    public void Faults_and_bugs_have_the_same_names_in_JSON_as_on_the_command_line()
    {
        CommandResult result = Cli.Run("ask", "ipi", "20", "--apic", "bare", "--hardware-fault", "ipi-20-as-exception", "--json");
        using JsonDocument document = JsonDocument.Parse(result.Output);
        JsonElement options = document.RootElement.GetProperty("options");
        Assert.Equal(["ipi-20-as-exception"], options.GetProperty("hardwareFaults").EnumerateArray().Select(name => name.GetString()));
        Assert.Empty(options.GetProperty("hypervisorBugs").EnumerateArray());
    }

    [Fact]
    public void A_question_that_makes_no_sense_is_refused_in_one_line()
    {
        CommandResult result = Cli.Run("ask", "int", "20", "--cpu-mode", "real", "--cpl", "3");
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Single(result.ErrorLines);
    }
}
