using System.Text.Json;

namespace Vector20.Cli.Tests;

public class GuestRunTests
{
    /// <summary>mov dx, 3F8H; mov al, 'G'; out dx, al; cli; hlt.</summary>
    private static readonly byte[] s_code = [0xBA, 0xF8, 0x03, 0xB0, (byte)'G', 0xEE, 0xFA, 0xF4];

    [Theory]
    [InlineData("kill")]
    [InlineData("warn")]
    [InlineData("off")]
    public void A_guest_writes_to_the_same_serial_line_and_its_exits_are_counted(string check)
    {
        using var image = new TemporaryFile(s_code);
        CommandResult result = Cli.Run("run", image.Path, "--at", "0x7c00", "--json", "--ve-check", check);
        using JsonDocument document = JsonDocument.Parse(result.Output);
        Assert.Equal("G", document.RootElement.GetProperty("serial").GetString());
        JsonElement guest = document.RootElement.GetProperty("guest");
        Assert.Equal("alive", guest.GetProperty("verdict").GetString());
        Assert.Equal(check, guest.GetProperty("veCheck").GetString());
        Assert.Contains(guest.GetProperty("exits").EnumerateArray(), exit => exit.GetProperty("reason").GetInt32() == 30 && exit.GetProperty("count").GetInt32() == 1);
        Assert.Equal(ExitCode.Good, result.ExitCode);
    }

    [Fact]
    public void The_summary_has_exits_by_reason_and_the_verdict()
    {
        using var image = new TemporaryFile(s_code);
        CommandResult result = Cli.Run("run", image.Path, "--at", "0x7c00");
        Assert.Equal("G", result.Output);
        Assert.Contains("IoInstruction", result.Error, StringComparison.Ordinal);
        Assert.Contains("verdict    alive", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void With_several_vCPUs_the_summary_has_the_exits_of_each()
    {
        using var image = new TemporaryFile(s_code);
        string[] line = ["run", image.Path, "--at", "0x7c00", "--smp", "2"];
        Assert.Matches(@"VM exits +reason +vCPU 0 +vCPU 1", Cli.Run(line).Error);
        using JsonDocument document = JsonDocument.Parse(Cli.Run([.. line, "--json"]).Output);
        JsonElement vmx = document.RootElement.GetProperty("vmx");
        Assert.Equal([1, 2], vmx.GetProperty("guests").EnumerateArray().Select(guest => guest.GetProperty("vpid").GetInt32()));
        ulong ticks = document.RootElement.GetProperty("ticks").GetUInt64();
        Assert.All(vmx.GetProperty("processors").EnumerateArray(), p => Assert.Equal(ticks, p.GetProperty("rootTicks").GetUInt64() + p.GetProperty("nonRootTicks").GetUInt64()));
    }

    [Fact]
    public void A_hypervisor_bug_kills_a_guest_in_protected_mode_with_a_dump()
    {
        // mov eax, [200000H]; hlt, in 32-bit code: the first touch of a page meets a non-present entry.
        using var image = new TemporaryFile(0xA1, 0x00, 0x00, 0x20, 0x00, 0xF4);
        string[] line = ["run", image.Path, "--at", "0x7c00", "--bits", "32", "--hypervisor-bug", "nonpresent-without-suppress"];
        CommandResult killed = Cli.Run(line), warned = Cli.Run([.. line, "--ve-check", "warn"]), unchecked_ = Cli.Run([.. line, "--ve-check", "off"]);
        Assert.Equal(ExitCode.Fails, killed.ExitCode);
        Assert.Contains("verdict    killed", killed.Error, StringComparison.Ordinal);
        Assert.Contains("information area", killed.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Fails, warned.ExitCode);
        Assert.Contains("verdict    warned", warned.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Good, unchecked_.ExitCode);
    }
}
