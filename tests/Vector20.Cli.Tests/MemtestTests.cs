using System.Text.Json;
using Vector20.Testing;

namespace Vector20.Cli.Tests;

/// <summary>Debian's unmodified memtest86+ is the test of the whole machine: boot protocol, ACPI, start of processors, timers, paging.</summary>
public class MemtestTests
{
    [Fact]
    [Trait("Speed", "Slow")]
    public void Memtest_tests_memory_with_two_processors_on_the_bare_machine()
    {
        string image = ExternalTools.Memtest;
        CommandResult result = Cli.Run("run", "--bare", "--smp", "2", "-m", "32M", "--clock", "20", "--limit", "200000000", "--screen", "--json", "--append", "console=ttyS0 nopause", image);
        using JsonDocument document = JsonDocument.Parse(result.Output);
        string screen = string.Join('\n', document.RootElement.GetProperty("screen").EnumerateArray().Select(line => line.GetString()));
        Assert.Contains("Memtest86+ v", screen, StringComparison.Ordinal);
        Assert.Contains("2 Cores 2 Threads", screen, StringComparison.Ordinal);
        Assert.Contains("Status: Testing", screen, StringComparison.Ordinal);
        Assert.Contains("Errors: 0", screen, StringComparison.Ordinal);
        Assert.Contains("Memtest86+ v", document.RootElement.GetProperty("serial").GetString(), StringComparison.Ordinal);
        Assert.Equal("limit", document.RootElement.GetProperty("end").GetString());
    }
}
