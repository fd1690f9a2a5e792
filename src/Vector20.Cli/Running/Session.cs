using System.Text;
using Vector20.Cli.Terminal;
using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Machine.Images;
using Vector20.Machine.Memory;
using Vector20.Machine.Platform;
using Vector20.Machine.Platform.Serial;
using Vector20.Machine.Platform.Video;
using Vector20.Machine.Scheduling;
using Vector20.Machine.Vmx;

namespace Vector20.Cli.Running;

/// <summary>One run: the computer, the hypervisor on it if there is one, and its serial line and screen.</summary>
internal sealed class Session : IDisposable
{
    private readonly FramePool _pool = new();
    private readonly Uart _serial;
    private readonly SerialOutput _output = new();

    public Session(RunRequest request, BootPlan plan)
    {
        Request = request;
        Computer = new Computer(request.Hypervisor is null ? request.Computer : WithRoomForHypervisor(request.Computer), _pool);
        PcOptions devices = request.Devices with { FirmwareItems = FirmwareItems.Of(request.Image, request.Boot, plan, request.Devices.FirmwareItems) };
        _serial = StandardPc.AddTo(Computer, devices).Serial;
        _serial.Sink = _output;
        plan.ApplyTo(Computer);
        if (request.Hypervisor is { } hypervisor)
        {
            Vm = new VirtualMachine(Computer, hypervisor);
            Vm.Start();
        }

        Computer.VmxAccounts = new VmxAccounts(Computer);
    }

    public RunRequest Request { get; }

    public Computer Computer { get; }

    /// <summary>The VM; null on the bare machine.</summary>
    public VirtualMachine? Vm { get; }

    /// <summary>What the guest wrote to its serial line, for the JSON document.</summary>
    public StringBuilder SerialText { get; } = new();

    /// <summary>The VGA text screen.</summary>
    public IReadOnlyList<string> ScreenLines => TextScreen.Read(Computer.Memory);

    /// <summary>Runs for some time. A keyboard that may still be typed on keeps a halted machine waiting; one that is at its end does not.</summary>
    public RunResult Run(ulong ticks, Keyboard keyboard, CancellationToken stop)
    {
        _serial.Source = keyboard.MayType ? keyboard : null;
        return Computer.Run(ticks, stop);
    }

    /// <summary>What the guest wrote since the last time.</summary>
    public byte[] TakeSerialOutput() => _output.Take();

    /// <summary>What is to be said of the run.</summary>
    public RunSummary Summarize(in RunResult result, double seconds)
    {
        GuestSummary? guest = Vm is null ? null : GuestSummaries.Of(Vm);
        int code = Vm is null ? Endings.ExitCodeOf(result.End) : Endings.ExitCodeOf(result.End, Vm);
        return new RunSummary(Request.Image.Name, result, Endings.Describe(result), Computer.Scheduler.Instructions, seconds, guest, VmxSummary.Of(Computer), code);
    }

    public void Dispose()
    {
        Computer.Dispose();
        _pool.Dispose();
    }

    /// <summary>The hypervisor takes its own memory from the top: the guest still gets what was asked for.</summary>
    private static ComputerOptions WithRoomForHypervisor(ComputerOptions options)
    {
        const ulong Step = 256 << 10;
        ulong total = options.MemorySize;
        while (VirtualMachine.GuestMemoryOf(total) < options.MemorySize) total += Step;
        return options with { MemorySize = total };
    }

    private sealed class SerialOutput : IByteSink
    {
        private readonly List<byte> _bytes = [];

        public void Write(byte value) => _bytes.Add(value);

        public byte[] Take()
        {
            byte[] bytes = [.. _bytes];
            _bytes.Clear();
            return bytes;
        }
    }
}
