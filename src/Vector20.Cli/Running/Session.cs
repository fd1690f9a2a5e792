using System.Text;
using Vector20.Cli.Output;
using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Machine.Images;
using Vector20.Machine.Memory;
using Vector20.Machine.Platform;
using Vector20.Machine.Scheduling;

namespace Vector20.Cli.Running;

/// <summary>One run: the computer, the hypervisor on it if there is one, and its serial line and screen.</summary>
internal sealed class Session : IDisposable
{
    private readonly FramePool _pool = new();
    private readonly SerialTap _tap;

    public Session(RunRequest request, BootPlan plan)
    {
        Request = request;
        Computer = new Computer(request.Computer, _pool);
        _tap = new SerialTap(Computer);
        plan.ApplyTo(Computer);
    }

    public RunRequest Request { get; }

    public Computer Computer { get; }

    /// <summary>What the guest wrote to its serial line, for the JSON document.</summary>
    public StringBuilder SerialText { get; } = new();

    public bool SerialHasRoom => false;

    public void Type(byte value)
    {
    }

    public ReadOnlySpan<byte> TakeSerialOutput() => _tap.Take();

    /// <summary>The VGA text screen: 25 lines of 80 characters.</summary>
    public IReadOnlyList<string> ScreenLines()
    {
        var cells = new byte[80 * 25 * 2];
        Computer.Memory.Read(new PhysicalAddress(PlatformLayout.TextScreen), cells);
        return [.. Enumerable.Range(0, 25).Select(y => string.Concat(Enumerable.Range(0, 80).Select(x => (char)Math.Max(cells[(y * 80 + x) * 2], (byte)' '))))];
    }

    public RunSummary Summarize(in RunResult result, double seconds) =>
        new(Request.Image.Name, result, Endings.Describe(result), result.Time, seconds, null, Endings.ExitCodeOf(result.End));

    public void Dispose()
    {
        Computer.Dispose();
        _pool.Dispose();
    }

    private sealed class SerialTap : IPortDevice
    {
        private readonly List<byte> _bytes = [];

        public SerialTap(Computer computer) => computer.Devices.AddPorts(0x3F8, 8, this);

        public ReadOnlySpan<byte> Take()
        {
            byte[] all = [.. _bytes];
            _bytes.Clear();
            return all;
        }

        public uint ReadPort(ushort port, int size) => port == 0x3FD ? 0x60u : 0;

        public void WritePort(ushort port, int size, uint value)
        {
            if (port == 0x3F8) _bytes.Add((byte)value);
        }
    }
}
