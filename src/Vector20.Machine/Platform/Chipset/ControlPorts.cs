using System.Runtime.InteropServices;
using Vector20.Machine.Scheduling;

namespace Vector20.Machine.Platform.Chipset;

/// <summary>
/// The small ports: 80H takes progress codes, 92H has fast reset and A20, the exit port ends the run with a status, and the word 'Shutdown' at
/// 8900H switches the machine off.
/// </summary>
public sealed class ControlPorts : IBytePortDevice, IDevice
{
    private const ushort Progress = 0x80, FastControl = 0x92, Off = 0x8900;
    private const byte FastReset = 1, A20 = 2;

    private readonly Scheduler _scheduler;
    private ControlPortsState _state;

    internal ControlPorts(DeviceBus bus, Scheduler scheduler, PortRange? exitPort)
    {
        _scheduler = scheduler;
        _state.FastControl = A20;
        bus.AddPorts(Progress, 1, this);
        bus.AddPorts(FastControl, 1, this);
        bus.AddPorts(Off, 1, this);
        if (exitPort is { } range) bus.AddPorts(range.First, range.Count, new ExitPort(scheduler));
    }

    /// <inheritdoc/>
    public Span<byte> StateBytes => DeviceState.Bytes(ref _state);

    /// <summary>The last byte written to port 80H.</summary>
    public byte ProgressCode => _state.Progress;

    private static ReadOnlySpan<byte> OffWord => "Shutdown"u8;

    /// <inheritdoc/>
    public byte ReadPort(ushort port) => port switch { Progress => _state.Progress, FastControl => _state.FastControl, _ => 0xFF };

    /// <inheritdoc/>
    public void WritePort(ushort port, byte value)
    {
        switch (port)
        {
            case Progress:
                _state.Progress = value;
                break;
            case FastControl:
                if ((value & FastReset) != 0) _scheduler.EndRun(RunEnd.Reset);
                _state.FastControl = (byte)(value & ~FastReset);
                break;
            case Off:
                _state.OffLetters = value == OffWord[_state.OffLetters] ? (byte)(_state.OffLetters + 1) : value == OffWord[0] ? (byte)1 : (byte)0;
                if (_state.OffLetters < OffWord.Length) break;
                _state.OffLetters = 0;
                _scheduler.EndRun(RunEnd.PowerOff);
                break;
        }
    }

    /// <summary>A write of any width ends the run; the status is value * 2 + 1, so never 0.</summary>
    private sealed class ExitPort(Scheduler scheduler) : IPortDevice
    {
        public uint ReadPort(ushort port, int size) => 0;

        public void WritePort(ushort port, int size, uint value) => scheduler.EndRun(RunEnd.ExitPort, (int)(value << 1 | 1));
    }
}

/// <summary>Everything the small ports remember.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct ControlPortsState
{
    public byte Progress, FastControl;

    /// <summary>How many letters of the word at 8900H have come.</summary>
    public byte OffLetters;
}
