using System.Text.Json;

namespace Vector20.Cli.Tests;

public class BareRunTests
{
    /// <summary>mov dx, 3F8H; mov al, 'H'; out dx, al; mov al, 'i'; out dx, al; mov dx, F4H; mov al, 3; out dx, al.</summary>
    private static readonly byte[] s_hi = [0xBA, 0xF8, 0x03, 0xB0, (byte)'H', 0xEE, 0xB0, (byte)'i', 0xEE, 0xBA, 0xF4, 0x00, 0xB0, 3, 0xEE];

    [Fact]
    public void Serial_output_is_the_output_and_the_summary_is_apart()
    {
        CommandResult result = Bare(s_hi);
        Assert.Equal("Hi", result.Output);
        Assert.Equal(ExitCode.Good, result.ExitCode);
        Assert.Contains("wrote 3 to the exit port (status 7)", result.Error, StringComparison.Ordinal);
        Assert.Contains("0.000 million instructions", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_is_one_document_with_everything_in_it()
    {
        CommandResult result = Bare(s_hi, "--json", "--screen");
        using JsonDocument document = JsonDocument.Parse(result.Output);
        JsonElement root = document.RootElement;
        Assert.Equal("Hi", root.GetProperty("serial").GetString());
        Assert.Equal("exit-port", root.GetProperty("end").GetString());
        Assert.Equal(7, root.GetProperty("exitStatus").GetInt32());
        Assert.Equal(8, root.GetProperty("instructions").GetInt32());
        Assert.Equal(25, root.GetProperty("screen").GetArrayLength());
        Assert.Equal("none", root.GetProperty("hypervisor").GetString());
        Assert.Empty(result.Error);
    }

    [Fact]
    public void A_limit_ends_an_endless_loop_undecided()
    {
        CommandResult result = Bare([0xEB, 0xFE], "--limit", "12345");
        Assert.Equal(ExitCode.Undecided, result.ExitCode);
        Assert.Contains("the limit was reached", result.Error, StringComparison.Ordinal);
        Assert.Contains("0.012 million instructions", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("every processor halts", 0xFA, 0xF4)]
    [InlineData("a triple fault", 0x0F, 0x01, 0x1E, 0x00, 0x7D, 0x0F, 0x0B)]
    public void The_end_of_a_run_is_named(string ending, params int[] code)
    {
        CommandResult result = Bare([.. code.Select(b => (byte)b)]);
        Assert.Contains(ending, result.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Good, result.ExitCode);
    }

    [Fact]
    public void What_is_not_implemented_is_named_and_leaves_the_run_undecided()
    {
        // fninit; push 37EH; mov bp, sp; fldcw [bp]; fldz; fdiv st, st; fwait: an unmasked x87 exception for the chip set to report
        CommandResult result = Bare([0xDB, 0xE3, 0x68, 0x7E, 0x03, 0x89, 0xE5, 0xD9, 0x6E, 0x00, 0xD9, 0xEE, 0xD8, 0xF0, 0x9B]);
        Assert.Equal(ExitCode.Undecided, result.ExitCode);
        Assert.Contains("does not implement", result.Error, StringComparison.Ordinal);
        Assert.Contains("x87 exception while CR0.NE = 0", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_screen_is_printed_when_the_output_is_no_terminal()
    {
        // push B800H; pop es; mov word [es:0], 'A' with attribute 7; cli; hlt
        CommandResult result = Bare([0x68, 0x00, 0xB8, 0x07, 0x26, 0xC7, 0x06, 0x00, 0x00, (byte)'A', 0x07, 0xFA, 0xF4], "--screen");
        Assert.StartsWith("A", result.Output, StringComparison.Ordinal);
        Assert.Equal(25, result.Output.Count(c => c == '\n'));
    }

    [Fact]
    public void A_trace_has_a_line_for_every_step_of_every_event()
    {
        using var trace = new TemporaryFile();
        Bare([0xCD, 0x21], "--trace", trace.Path, "--trace-format", "json", "--limit", "10");
        string[] lines = File.ReadAllLines(trace.Path);
        Assert.NotEmpty(lines);
        using JsonDocument first = JsonDocument.Parse(lines[0]);
        Assert.Equal(0x21, first.RootElement.GetProperty("vector").GetInt32());
        Assert.Equal("software-interrupt", first.RootElement.GetProperty("type").GetString());
    }

    [Fact]
    public void The_same_run_gives_the_same_document()
    {
        string[] options = ["--json", "--smp", "2", "--limit", "1000"];
        Assert.Equal(Bare(s_hi, options).Output, Bare(s_hi, options).Output);
    }

    private static CommandResult Bare(byte[] code, params string[] options)
    {
        using var image = new TemporaryFile(code);
        CommandResult result = Cli.Run([.. new[] { "run", image.Path, "--bare", "--at", "0x7c00" }, .. options]);
        return result with { Output = result.Output.Replace(image.Path, "image", StringComparison.Ordinal) };
    }
}
