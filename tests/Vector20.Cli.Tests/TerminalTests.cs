using System.Diagnostics;
using System.Text;
using Vector20.Testing;

namespace Vector20.Cli.Tests;

/// <summary>Somebody types at a terminal: a pseudo-terminal, which util-linux's 'script' makes and hands what it reads.</summary>
public class TerminalTests
{
    private const string Script = "/usr/bin/script";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>
    /// mov dx, 3F8H; mov al, '#'; out dx, al; wait: mov dx, 3FDH; in al, dx; test al, 1; jz wait; mov dx, 3F8H; in al, dx; xor al, 20H; out dx, al; jmp wait.
    /// What comes back is in the other case, so no echo of the terminal's can pass for it.
    /// </summary>
    private static readonly byte[] s_answersInTheOtherCase =
        [0xBA, 0xF8, 0x03, 0xB0, (byte)'#', 0xEE, 0xBA, 0xFD, 0x03, 0xEC, 0xA8, 0x01, 0x74, 0xF8, 0xBA, 0xF8, 0x03, 0xEC, 0x34, 0x20, 0xEE, 0xEB, 0xEF];

    [Fact]
    [Trait("Speed", "Slow")]
    public void Keys_reach_the_guest_one_by_one_without_echo_and_control_A_X_leaves_the_terminal_as_it_was()
    {
        Assert.SkipUnless(File.Exists(Script), $"{Script} is missing; it comes with util-linux");
        using var image = new TemporaryFile(s_answersInTheOtherCase);
        string run = $"'{Path.Combine(Repository.Root, "vector20")}' run --bare --at 0x7c00 '{image.Path}'";
        using Process terminal = Open($"stty -g; {run}; echo code $?; stty -g");
        var seen = new StringBuilder();
        ReadUntil(terminal, seen, "#");
        foreach (char key in "hello")
        {
            terminal.StandardInput.Write(key);
            ReadUntil(terminal, seen, char.ToUpperInvariant(key).ToString());
        }

        terminal.StandardInput.Write("\u0001x");
        ReadUntil(terminal, seen, null);
        string[] lines = seen.ToString().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, line => line.EndsWith("#HELLO", StringComparison.Ordinal));
        Assert.DoesNotContain("hello", seen.ToString(), StringComparison.Ordinal);
        Assert.Contains("code 0", lines);
        Assert.Equal(lines[0], lines[^1]);
    }

    /// <summary>A shell's commands at a terminal of their own.</summary>
    private static Process Open(string commands)
    {
        var start = new ProcessStartInfo(Script, ["-qec", commands, "/dev/null"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        Process process = Process.Start(start)!;
        process.StandardInput.AutoFlush = true;
        return process;
    }

    /// <summary>Reads what the terminal shows until a text has come that was not there before; to its end if there is none to wait for.</summary>
    private static void ReadUntil(Process terminal, StringBuilder seen, string? text)
    {
        var buffer = new char[256];
        int from = seen.Length;
        while (text is null || !seen.ToString(from, seen.Length - from).Contains(text, StringComparison.Ordinal))
        {
            Task<int> read = terminal.StandardOutput.ReadAsync(buffer).AsTask();
            if (!read.Wait(s_patience)) terminal.Kill(true);
            Assert.True(read.IsCompletedSuccessfully, $"waited for {text ?? "the end"}; the terminal shows:\n{seen}");
            if (read.Result == 0) break;
            seen.Append(buffer, 0, read.Result);
        }

        Assert.True(text is null || seen.ToString(from, seen.Length - from).Contains(text, StringComparison.Ordinal), $"no {text}; the terminal shows:\n{seen}");
    }
}
