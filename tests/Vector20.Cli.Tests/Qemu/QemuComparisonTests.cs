using Iced.Intel;
using Vector20.Testing;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Cli.Tests.Qemu;

/// <summary>The same image with the same command line under QEMU and here: the same output, the same exit code.</summary>
public class QemuComparisonTests
{
    private static readonly Dictionary<string, Action<Assembler>> s_guests = new()
    {
        ["exit"] = a => a.Exit(5),
        ["processors"] = a =>
        {
            a.StartProcessors();
            a.add(al, (sbyte)'0');
            a.Out(0x3F8);
            a.Exit(0);
        },
        ["command line"] = a =>
        {
            a.mov(esi, __dword_ptr[ebx + 16]);
            a.PrintText();
            a.Exit(0);
        },
        ["firmware"] = a =>
        {
            foreach (ushort key in new ushort[] { 0, 3, 4, 5, 0xF })
            {
                a.ReadFirmware(key);
                a.mov(edi, eax);
                a.PrintHex(16);
                a.mov(dx, 0x511);
                a.@in(al, dx);
                a.mov(edi, eax);
                a.PrintHex(8);
            }

            a.Exit(0);
        },
        ["test device"] = a =>
        {
            a.mov(eax, 0x4433_2211);
            a.@out(0xE0, eax);
            a.mov(al, 0x55);
            a.@out(0xE2, al);
            a.@in(eax, 0xE8);
            a.mov(edi, eax);
            a.PrintHex(32);
            a.mov(eax, unchecked((int)0xFF00_0010));
            a.mov(__dword_ptr[eax], 0x1234_5678);
            a.mov(edi, __dword_ptr[eax + 1]);
            a.PrintHex(24);
            a.Out(0x20, 0x11);
            a.Out(0x21, 0x20);
            a.Out(0x21, 0x04);
            a.Out(0x21, 0x01);
            a.Out(0x2005, 1);
            a.Out(0x20, 0x0A);
            a.@in(al, 0x20);
            a.and(al, 1 << 5);
            a.mov(edi, eax);
            a.PrintHex(8);
            a.Exit(1);
        },
        ["triple fault"] = a =>
        {
            a.Print('T');
            a.push(0);
            a.push(0);
            a.lidt(__[esp]);
            a.ud2();
        },
        ["reset"] = a =>
        {
            a.Print('R');
            a.Out(0x64, 0xFE);
            a.cli();
            a.hlt();
        },
        ["one-shot event timer"] = a => EventTimer(a, level: true, periodic: false),
        ["periodic event timer"] = a => EventTimer(a, level: true, periodic: true),
    };

    public static TheoryData<string> Guests => [.. s_guests.Keys];

    [Theory]
    [MemberData(nameof(Guests))]
    [Trait("Speed", "Slow")]
    public void QEMU_answers_the_same(string guest)
    {
        string qemu = ExternalTools.Qemu;
        using var image = new TemporaryFile(MultibootGuest.Make(s_guests[guest]));
        string[] line =
        [
            "-kernel", image.Path, "-append", "one two", "-smp", "2", "-m", "64", "--no-reboot", "-nodefaults", "-device", "pc-testdev", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x4",
            "-display", "none", "-serial", "stdio", "-machine", "accel=tcg",
        ];
        (int code, string output, string error) = Tool.Run(qemu, line);
        CommandResult ours = Cli.Run(["qemu", .. line]);
        Assert.Equal((code, output, ""), (ours.ExitCode, ours.Output, ours.Error));
        Assert.Empty(error);
    }

    /// <summary>Waits for the status of a level-triggered timer, clears it, and says whether the comparator moved.</summary>
    private static void EventTimer(Assembler a, bool level, bool periodic)
    {
        const uint registers = 0xFED0_0000;
        Label wait = a.CreateLabel();
        a.mov(ebp, unchecked((int)registers));
        a.mov(__dword_ptr[ebp + 0x100], (level ? 2 : 0) | 4 | (periodic ? 0x48 : 0));
        a.mov(__dword_ptr[ebp + 0x108], 50_000);
        a.mov(__dword_ptr[ebp + 0x10], 1);
        a.Label(ref wait);
        a.test(__dword_ptr[ebp + 0x20], 1);
        a.jz(wait);
        a.mov(__dword_ptr[ebp + 0x10], 0);
        a.mov(__dword_ptr[ebp + 0x20], 1);
        a.mov(edi, __dword_ptr[ebp + 0x20]);
        a.PrintHex(8);
        a.cmp(__dword_ptr[ebp + 0x108], 50_000);
        a.setne(al);
        a.movzx(edi, al);
        a.PrintHex(8);
        a.Exit(0);
    }
}
