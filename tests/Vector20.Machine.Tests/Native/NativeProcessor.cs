using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Vector20.Machine.Tests.Native;

/// <summary>This machine's own processor, reached through a small process that survives faults.</summary>
internal sealed class NativeProcessor : IDisposable
{
    /// <summary>Linux's selectors of 64-bit and of 32-bit user code.</summary>
    private const int LinuxCode64 = 0x33, LinuxCode32 = 0x23;

    private readonly string _directory;
    private readonly Process _process;
    private readonly Stream _input, _output;

    private NativeProcessor(string directory, string program)
    {
        _directory = directory;
        _process = Process.Start(new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        _input = _process.StandardInput.BaseStream;
        _output = _process.StandardOutput.BaseStream;
    }

    /// <summary>Compiles and starts the process, or says why that cannot be.</summary>
    public static NativeProcessor? TryStart(out string reason)
    {
        reason = "";
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || !OperatingSystem.IsLinux())
        {
            reason = $"this host is {RuntimeInformation.ProcessArchitecture} under {RuntimeInformation.OSDescription}, not x86-64 under Linux";
            return null;
        }

        string directory = Directory.CreateTempSubdirectory("vector20-native-").FullName, program = Path.Combine(directory, "native");
        string source = Path.Combine(AppContext.BaseDirectory, "Native", "native.c");
        try
        {
            using Process compiler = Process.Start(new ProcessStartInfo("gcc", ["-O2", "-o", program, source]) { RedirectStandardError = true })!;
            string messages = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            if (compiler.ExitCode != 0) reason = $"gcc refused native.c: {messages}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            reason = "gcc is not installed";
        }

        return reason.Length == 0 ? new NativeProcessor(directory, program) : null;
    }

    /// <summary>Whether this machine's processor has a feature that CPUID reports, by the register and bit it is in.</summary>
    public static bool Has(int leaf, int register, int bit)
    {
        (int eax, int ebx, int ecx, int edx) = X86Base.CpuId(leaf, 0);
        return ((register switch { 0 => eax, 1 => ebx, 2 => ecx, _ => edx }) >> bit & 1) != 0;
    }

    /// <summary>Executes one instruction from each state and puts the states after it in their place.</summary>
    public void Execute(Form form, MachineState[] states, ExtendedImage[]? extended = null)
    {
        var header = new byte[32];
        BitConverter.TryWriteBytes(header.AsSpan(0), form.Bytes.Length);
        BitConverter.TryWriteBytes(header.AsSpan(4), states.Length);
        BitConverter.TryWriteBytes(header.AsSpan(8), form.Bits == 64 ? LinuxCode64 : LinuxCode32);
        BitConverter.TryWriteBytes(header.AsSpan(12), extended is null ? 0 : 1);
        form.Bytes.CopyTo(header, 16);
        _input.Write(header);
        _input.Write(MemoryMarshal.AsBytes(states.AsSpan()));
        if (extended is not null) _input.Write(MemoryMarshal.AsBytes(extended.AsSpan()));
        _input.Flush();
        _output.ReadExactly(MemoryMarshal.AsBytes(states.AsSpan()));
        if (extended is not null) _output.ReadExactly(MemoryMarshal.AsBytes(extended.AsSpan()));
    }

    public void Dispose()
    {
        _input.Dispose();
        if (!_process.WaitForExit(2000)) _process.Kill();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
