using Vector20.Machine.Platform.Interrupts;
using Vector20.Machine.Scheduling;

namespace Vector20.Machine.Platform.Serial;

/// <summary>A 16550 UART. Sending takes no time: the transmitter is always empty again at once.</summary>
[Manual("PC16550D", "8.0", "Registers")]
public sealed class Uart : IBytePortDevice, ITimedDevice, IDevice
{
    private const int Ports = 8;
    private const int Data = 0, InterruptEnable = 1, InterruptIdentification = 2, LineControl = 3, ModemControl = 4, LineStatus = 5, ModemStatus = 6, Scratch = 7;
    private const byte DivisorAccess = 0x80, Loopback = 0x10, RequestToSend = 2;
    private const byte DataReady = 1, OverrunError = 2, TransmitterEmpty = 0x60;

    private readonly ushort _first;
    private readonly int _line;
    private readonly InterruptLines _lines;
    private readonly Scheduler _scheduler;
    private readonly ulong _pollInterval;
    private UartState _state;

    internal Uart(DeviceBus bus, ushort first, int line, InterruptLines lines, Scheduler scheduler, ulong ticksPerSecond)
    {
        _first = first;
        _line = line;
        _lines = lines;
        _scheduler = scheduler;
        _pollInterval = Math.Max(1, ticksPerSecond / 1000);
        _state.TriggerLevel = 1;
        bus.AddPorts(first, Ports, this);
    }

    /// <summary>Takes what the guest sends; null drops it.</summary>
    public IByteSink? Sink { get; set; }

    /// <summary>Gives what the guest receives.</summary>
    public IByteSource? Source
    {
        get;
        set
        {
            field = value;
            _scheduler.DeadlinesChanged();
        }
    }

    /// <inheritdoc/>
    public Span<byte> StateBytes => DeviceState.Bytes(ref _state);

    /// <inheritdoc/>
    public ulong NextDeadline => Source is null || !MaySend ? ulong.MaxValue : _state.NextPoll;

    private bool DivisorAccessible => (_state.LineControl & DivisorAccess) != 0;

    /// <summary>Bytes that may wait to be read.</summary>
    private int Room => _state.FifosEnabled ? ReceiveFifo.Size : 1;

    private bool LoopsBack => (_state.ModemControl & Loopback) != 0;

    /// <summary>
    /// Whether the other side sends: it waits for RTS, so that what is typed before the guest is ready is not lost when the guest clears the
    /// FIFO. A guest that wants the interrupt of received data is ready too.
    /// </summary>
    [Manual("PC16550D", "8.7", "MODEM Control Register")]
    private bool MaySend => ((_state.ModemControl & RequestToSend) != 0 || UartInterrupts.WantsData(_state)) && !LoopsBack && _state.Count < Room;

    /// <inheritdoc/>
    public void Advance()
    {
        _state.NextPoll = _scheduler.Now + _pollInterval;
        while (MaySend && Source is { } source && source.TryRead(out byte value)) Receive(value);
    }

    /// <summary>A byte arrives on the line. Without room it is lost, which the line status shows.</summary>
    public void Receive(byte value)
    {
        if (_state.Count >= Room) _state.Overrun = true;
        else _state.Received[(_state.First + _state.Count++) % ReceiveFifo.Size] = value;
        SetLine();
    }

    /// <inheritdoc/>
    public byte ReadPort(ushort port)
    {
        bool couldSend = MaySend;
        byte value = (port - _first) switch
        {
            Data => DivisorAccessible ? _state.DivisorLow : TakeReceived(),
            InterruptEnable => DivisorAccessible ? _state.DivisorHigh : _state.InterruptEnable,
            InterruptIdentification => IdentifyInterrupt(),
            LineControl => _state.LineControl,
            ModemControl => _state.ModemControl,
            LineStatus => TakeLineStatus(),
            ModemStatus => TakeModemStatus(),
            _ => _state.Scratch,
        };
        SetLine();
        if (MaySend != couldSend) ReadinessChanged();
        return value;
    }

    /// <inheritdoc/>
    public void WritePort(ushort port, byte value)
    {
        bool couldSend = MaySend;
        switch (port - _first)
        {
            case Data when DivisorAccessible:
                _state.DivisorLow = value;
                break;
            case Data:
                Transmit(value);
                break;
            case InterruptEnable when DivisorAccessible:
                _state.DivisorHigh = value;
                break;
            case InterruptEnable:
                // Enabling the interrupt of an empty transmitter raises it.
                _state.TransmitterInterrupt |= (value & ~_state.InterruptEnable & UartInterrupts.TransmitterEnable) != 0;
                _state.InterruptEnable = (byte)(value & 15);
                break;
            case InterruptIdentification:
                WriteFifoControl(value);
                break;
            case LineControl:
                _state.LineControl = value;
                break;
            case ModemControl:
                WriteModemControl((byte)(value & 0x1F));
                break;
            case Scratch:
                _state.Scratch = value;
                break;
        }

        SetLine();
        if (MaySend != couldSend) ReadinessChanged();
    }

    /// <summary>
    /// The other side needs a moment to see that it may send: whoever enables the interrupt and then the FIFO, as Linux does, would lose a byte
    /// that came between.
    /// </summary>
    private void ReadinessChanged()
    {
        _state.NextPoll = _scheduler.Now + _pollInterval;
        _scheduler.DeadlinesChanged();
    }

    private void Transmit(byte value)
    {
        _state.TransmitterInterrupt = true;
        if (LoopsBack) Receive(value);
        else Sink?.Write(value);
    }

    private byte TakeReceived()
    {
        if (_state.Count == 0) return 0;
        byte value = _state.Received[_state.First];
        _state.First = (byte)((_state.First + 1) % ReceiveFifo.Size);
        _state.Count--;
        return value;
    }

    /// <summary>Reading the identification of the transmitter's interrupt ends it.</summary>
    private byte IdentifyInterrupt()
    {
        byte identification = UartInterrupts.Identify(_state);
        if ((identification & 15) == UartInterrupts.TransmitterEmpty) _state.TransmitterInterrupt = false;
        return identification;
    }

    /// <summary>A guest that never wrote modem control knows nothing of flow control: the next byte comes when it looks for one.</summary>
    private byte TakeLineStatus()
    {
        if (!_state.ModemControlled && _state.Count == 0 && Source is { } source && source.TryRead(out byte next)) Receive(next);
        int status = TransmitterEmpty | (_state.Count != 0 ? DataReady : 0) | (_state.Overrun ? OverrunError : 0);
        _state.Overrun = false;
        return (byte)status;
    }

    private byte TakeModemStatus()
    {
        byte status = (byte)(UartInterrupts.ModemInputs(_state) | _state.ModemChanges);
        _state.ModemChanges = 0;
        return status;
    }

    private void WriteFifoControl(byte value)
    {
        bool enabled = (value & 1) != 0;
        if (enabled != _state.FifosEnabled || enabled && (value & 2) != 0) _state.First = _state.Count = 0;
        _state.FifosEnabled = enabled;
        _state.TriggerLevel = (byte)(enabled ? (value >> 6) switch { 0 => 1, 1 => 4, 2 => 8, _ => 14 } : 1);
    }

    /// <summary>In loopback the outputs are the inputs, and changing one is a change of the other.</summary>
    private void WriteModemControl(byte value)
    {
        byte before = UartInterrupts.ModemInputs(_state);
        _state.ModemControl = value;
        _state.ModemControlled = true;
        byte after = UartInterrupts.ModemInputs(_state);
        int changed = (before ^ after) >> 4;
        // Ring indicator tells its falling edge only.
        const int ring = 4;
        if ((after & ring << 4) != 0) changed &= ~ring;
        _state.ModemChanges |= (byte)changed;
    }

    private void SetLine() => _lines.Set(_line, UartInterrupts.IsAsserted(_state));
}
