using System.Text.Json;
using Vector20.Machine;
using Vector20.Testing;

namespace Vector20.Cli.Tests;

/// <summary>Debian's unmodified memtest86+ is the test of the whole machine: boot protocol, ACPI, start of processors, timers, paging.</summary>
public class MemtestTests
{
    [Fact]
    [Trait("Speed", "Slow")]
    [Manual("3A", "9.4.4.2", "Typical AP Initialization Sequence")]
    public void Memtest_tests_memory_with_two_processors_on_the_bare_machine() => Check(RunMemtest("--bare"));

    [Fact]
    [Trait("Speed", "Slow")]
    public void Memtest_tests_memory_with_two_processors_as_a_guest_and_never_meets_a_virtualization_exception()
    {
        JsonElement run = RunMemtest();
        Check(run);
        JsonElement guest = run.GetProperty("guest");
        Assert.Equal("alive", guest.GetProperty("verdict").GetString());
        Assert.Equal(0, guest.GetProperty("veExits").GetInt32());
        string?[] exits = [.. guest.GetProperty("exits").EnumerateArray().Select(exit => exit.GetProperty("name").GetString())];
        Assert.Contains("EptViolation", exits);
        Assert.Contains("IoInstruction", exits);
    }

    private static JsonElement RunMemtest(params string[] options)
    {
        string image = ExternalTools.Memtest;
        string[] usual = ["run", image, "--smp", "2", "-m", "32M", "--clock", "20", "--limit", "200000000", "--screen", "--json", "--append", "console=ttyS0 nopause"];
        CommandResult result = Cli.Run([.. usual, .. options]);
        return JsonDocument.Parse(result.Output).RootElement;
    }

    private static void Check(JsonElement run)
    {
        string screen = string.Join('\n', run.GetProperty("screen").EnumerateArray().Select(line => line.GetString()));
        Assert.Contains("Memtest86+ v", screen, StringComparison.Ordinal);
        Assert.Contains("2 Cores 2 Threads", screen, StringComparison.Ordinal);
        Assert.Contains("Status: Testing", screen, StringComparison.Ordinal);
        Assert.Contains("Errors: 0", screen, StringComparison.Ordinal);
        Assert.Contains("Memtest86+ v", run.GetProperty("serial").GetString(), StringComparison.Ordinal);
        Assert.Equal("limit", run.GetProperty("end").GetString());
    }
}
