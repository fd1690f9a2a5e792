using System.Text;
using Iced.Intel;
using Vector20.Cli.Output;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Cli.Tests.Qemu;

/// <summary>Images run as scripts for QEMU run them: the output is the serial line's, the exit code is the image's, and the error stream is empty.</summary>
public class QemuRunTests
{
    private static readonly string[] s_usual = ["-nodefaults", "-device", "pc-testdev", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x4", "-vnc", "none", "-serial", "stdio"];

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 3)]
    [InlineData(63, 127)]
    [InlineData(0x80, 1)]
    public void What_is_written_to_the_exit_port_becomes_an_odd_exit_code(int status, int code)
    {
        CommandResult result = Run(a =>
        {
            a.Print('A');
            a.Exit(status);
        }, s_usual);
        Assert.Equal((code, "A", ""), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public void Without_the_device_the_exit_port_is_nobodys()
    {
        CommandResult result = Run(a => a.Exit(0), "-serial", "stdio");
        Assert.Equal(6, result.ExitCode);
        Assert.Contains("every processor halts", Assert.Single(result.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("isa-debug-exit", 0x501, 3)]
    [InlineData("isa-debug-exit,iobase=0x1000,iosize=1", 0x1000, 3)]
    [InlineData("isa-debug-exit,iobase=0x1000", 0xF4, 6)]
    public void The_exit_port_is_where_it_was_asked_for(string device, int port, int code)
    {
        CommandResult result = Run(a =>
        {
            a.Out((ushort)port, 1);
            a.cli();
            a.hlt();
        }, "-device", device);
        Assert.Equal(code, result.ExitCode);
    }

    [Theory]
    [InlineData("tcg", 1)]
    [InlineData("tcg", 2)]
    [InlineData("tcg", 4)]
    [InlineData("kvm", 1)]
    [InlineData("kvm", 4)]
    public void An_image_counts_its_processors_by_fw_cfg_and_starts_them(string accelerator, int processors)
    {
        CommandResult result = Run(a =>
        {
            a.StartProcessors();
            a.add(al, (sbyte)'0');
            a.Out(0x3F8);
            a.Exit(0);
        }, [.. s_usual, "-accel", accelerator, "-smp", $"cpus={processors},sockets=1,cores={processors}"]);
        Assert.Equal((1, $"{processors}", ""), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public void An_image_finds_its_command_line_and_its_environment_module()
    {
        using var environment = new TemporaryFile("NR_CPUS=1\n\0"u8.ToArray());
        CommandResult result = Run(a =>
        {
            a.mov(esi, __dword_ptr[ebx + 16]);
            a.PrintText();
            a.Print('|');
            a.mov(esi, __dword_ptr[ebx + 24]);
            a.mov(esi, __dword_ptr[esi]);
            a.PrintText();
            a.Exit(0);
        }, [.. s_usual, "-append", "one two", "-initrd", environment.Path]);
        Assert.EndsWith(" one two|NR_CPUS=1\n", result.Output, StringComparison.Ordinal);
        Assert.Equal((1, ""), (result.ExitCode, result.Error));
    }

    [Theory]
    [InlineData("-m", "4", 3)]
    [InlineData("-m", "size=2m", 1)]
    [InlineData("-name", "the default", 127)]
    public void Memory_is_counted_in_MiB_and_is_128_unless_given(string option, string value, int megabytesAbove1)
    {
        CommandResult result = Run(a =>
        {
            a.mov(eax, __dword_ptr[ebx + 8]);
            a.shr(eax, 10);
            a.mov(dx, 0xF4);
            a.@out(dx, eax);
        }, image: Low, [.. s_usual, option, value]);
        Assert.Equal((byte)(megabytesAbove1 << 1 | 1), result.ExitCode);
    }

    [Fact]
    public void A_reset_and_a_triple_fault_end_the_run_with_no_reboot()
    {
        CommandResult once = Run(Reset, "-serial", "stdio", "-no-reboot");
        Assert.Equal((0, "R", ""), (once.ExitCode, once.Output, once.Error));
        CommandResult triple = Run(TripleFault, "-serial", "stdio", "-no-reboot", "-accel", "kvm");
        Assert.Equal((0, "T", ""), (triple.ExitCode, triple.Output, triple.Error));

        static void Reset(Assembler a)
        {
            a.Print('R');
            a.Out(0x64, 0xFE);
            a.cli();
            a.hlt();
        }

        static void TripleFault(Assembler a)
        {
            a.Print('T');
            a.push(0);
            a.push(0);
            a.lidt(__[esp]);
            a.ud2();
        }
    }

    [Fact]
    public void Without_no_reboot_a_reset_starts_the_image_again()
    {
        using var image = new TemporaryFile(MultibootGuest.Make(a =>
        {
            a.Print('R');
            a.Out(0x64, 0xFE);
            a.cli();
            a.hlt();
        }));
        using var guest = new ShortPaper(room: 3);
        using StringWriter output = new(), error = new();
        CommandLine.Run(["qemu", "-kernel", image.Path, "-serial", "stdio"], new Streams(output, error, guest, null, false, false));
        Assert.Equal("RRR", Encoding.ASCII.GetString(guest.ToArray()));
    }

    [Theory]
    [InlineData("-nographic", 1)]
    [InlineData("-nodefaults", 0)]
    public void The_guest_can_ask_whether_there_is_no_screen(string option, int answer)
    {
        CommandResult result = Run(a =>
        {
            a.ReadFirmware(4);
            a.movzx(eax, ax);
            a.mov(dx, 0xF4);
            a.@out(dx, eax);
        }, [.. s_usual, option]);
        Assert.Equal(answer << 1 | 1, result.ExitCode);
    }

    [Fact]
    public void ACPI_power_off_is_exit_code_0()
    {
        CommandResult result = Run(a =>
        {
            a.mov(dx, 0x604);
            a.mov(ax, 0x2000);
            a.@out(dx, ax);
        }, "-nographic");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("-nographic", "S")]
    [InlineData("-serial mon:stdio", "S")]
    [InlineData("-serial none", "")]
    [InlineData("-nographic -serial null", "")]
    public void The_serial_line_goes_where_it_is_sent(string options, string output)
    {
        CommandResult result = Run(a =>
        {
            a.Print('S');
            a.Exit(0);
        }, [.. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), "-device", "isa-debug-exit,iobase=0xf4"]);
        Assert.Equal((1, output), (result.ExitCode, result.Output));
    }

    [Fact]
    public void The_serial_line_may_go_to_a_file()
    {
        using var file = new TemporaryFile();
        CommandResult result = Run(a =>
        {
            a.Print('F');
            a.Exit(0);
        }, "-serial", $"file:{file.Path}", "-device", "isa-debug-exit,iobase=0xf4");
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Equal("F", File.ReadAllText(file.Path));
    }

    [Fact]
    public void A_file_for_fw_cfg_is_found_through_its_directory()
    {
        CommandResult result = Run(a =>
        {
            a.ReadFirmware(0x20);
            a.mov(edi, eax);
            a.Out(0x3F8);
            a.mov(eax, edi);
            a.shr(eax, 8);
            a.Out(0x3F8);
            a.Exit(0);
        }, [.. s_usual, "-fw_cfg", "name=opt/org.example/text,string=H,,"]);
        Assert.Equal((1, "H,"), (result.ExitCode, result.Output));
    }

    [Theory]
    [InlineData("max", true)]
    [InlineData("qemu64", false)]
    [InlineData("qemu64,+x2apic,+tsc-deadline", true)]
    [InlineData("Haswell-noTSX,-x2apic", false)]
    [InlineData("Skylake-Server-v4,x2apic=off", false)]
    public void A_CPU_model_and_its_features_are_those_asked_for(string model, bool hasX2Apic)
    {
        CommandResult result = Run(a =>
        {
            a.mov(eax, 1);
            a.cpuid();
            a.shr(ecx, 21);
            a.and(ecx, 1);
            a.mov(eax, ecx);
            a.mov(dx, 0xF4);
            a.@out(dx, eax);
        }, [.. s_usual, "-cpu", model]);
        Assert.Equal(hasX2Apic ? 3 : 1, result.ExitCode);
    }

    [Fact]
    public void Without_VMX_a_model_has_nothing_of_it()
    {
        CommandResult result = Run(a =>
        {
            a.mov(eax, 1);
            a.cpuid();
            a.shr(ecx, 5);
            a.and(ecx, 1);
            a.mov(eax, ecx);
            a.mov(dx, 0xF4);
            a.@out(dx, eax);
        }, [.. s_usual, "-cpu", "max,-vmx"]);
        Assert.Equal(1, result.ExitCode);
    }

    [Fact]
    public void Physical_addresses_are_as_wide_as_asked_for()
    {
        CommandResult result = Run(a =>
        {
            a.mov(eax, unchecked((int)0x8000_0008));
            a.cpuid();
            a.mov(dx, 0xF4);
            a.@out(dx, al);
        }, [.. s_usual, "-cpu", "IvyBridge,phys-bits=36,host-phys-bits=off"]);
        Assert.Equal(36 << 1 | 1, result.ExitCode);
    }

    [Theory]
    [InlineData("pc-testdev", "L")]
    [InlineData("isa-debug-exit,iobase=0x1000", "-")]
    public void The_test_device_raises_an_interrupt_line(string device, string output)
    {
        // The 8259's request register shows line 5 of the device, and nothing where there is no device.
        CommandResult result = Run(a =>
        {
            Label none = a.CreateLabel(), end = a.CreateLabel();
            a.Out(0x20, 0x11);
            a.Out(0x21, 0x20);
            a.Out(0x21, 0x04);
            a.Out(0x21, 0x01);
            a.Out(0x2005, 1);
            a.Out(0x20, 0x0A);
            a.@in(al, 0x20);
            a.test(al, 1 << 5);
            a.jz(none);
            a.Print('L');
            a.jmp(end);
            a.Label(ref none);
            a.Print('-');
            a.Label(ref end);
            a.Exit(0);
        }, "-serial", "stdio", "-device", device);
        Assert.Equal(output, result.Output);
    }

    /// <summary>A serial line that fails after some bytes, so that a run that goes on for ever ends.</summary>
    private sealed class ShortPaper(int room) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            if (Length + count > room) throw new IOException("no more paper");
            base.Write(buffer, offset, count);
        }
    }

    private static byte[] Low(Action<Assembler> code) => MultibootGuest.Make(code, 0x10_0000);

    private static CommandResult Run(Action<Assembler> code, params string[] options) => Run(code, make => MultibootGuest.Make(make), options);

    private static CommandResult Run(Action<Assembler> code, Func<Action<Assembler>, byte[]> image, params string[] options)
    {
        using var file = new TemporaryFile(image(code));
        return Cli.Run(["qemu", "-kernel", file.Path, .. options]);
    }
}
