using Vector20.Machine.Platform.Interrupts;
using Vector20.Machine.Scheduling;

namespace Vector20.Machine.Platform.Keyboard;

/// <summary>
/// The i8042 keyboard controller at ports 60H and 64H with a PS/2 keyboard and no mouse. Of its output port only the reset line
/// does anything: processors of this age have no A20M# pin, so the A20 bit is remembered and no more.
/// </summary>
[Manual("IBM PS/2", "Keyboard and Auxiliary Device Controller", "Hardware Interface Technical Reference")]
public sealed class KeyboardController : IBytePortDevice, IDevice
{
    private const ushort Data = 0x60, Command = 0x64;
    private const int Line = 1;
    private const byte InterruptEnable = 1, SystemFlag = 4, KeyboardDisabled = 0x10, MouseDisabled = 0x20, Translates = 0x40;
    private const byte OutputFull = 1, LastWasCommand = 8, NotLocked = 0x10;
    private const byte NotReset = 1, A20 = 2;

    private readonly InterruptLines _lines;
    private readonly Scheduler _scheduler;
    private KeyboardState _state;

    internal KeyboardController(DeviceBus bus, InterruptLines lines, Scheduler scheduler)
    {
        _lines = lines;
        _scheduler = scheduler;
        _state.CommandByte = InterruptEnable | SystemFlag | MouseDisabled | Translates;
        _state.OutputPort = NotReset | A20;
        Keyboard.PowerUp(ref _state);
        bus.AddPorts(Data, 1, this);
        bus.AddPorts(Command, 1, this);
    }

    /// <inheritdoc/>
    public Span<byte> StateBytes => DeviceState.Bytes(ref _state);

    /// <summary>Keys are pressed and released: scan codes of set 1, as the translating controller gives them. Without room they are lost.</summary>
    public void Type(ReadOnlySpan<byte> scanCodes)
    {
        if (!_state.Scans || (_state.CommandByte & KeyboardDisabled) != 0) return;
        foreach (byte code in scanCodes) Keyboard.Put(ref _state, code);
        SetLine();
    }

    /// <inheritdoc/>
    public byte ReadPort(ushort port)
    {
        if (port == Command) return Status();
        if (_state.Count != 0)
        {
            _state.Last = _state.Output[_state.First];
            _state.First = (byte)((_state.First + 1) % OutputBuffer.Size);
            _state.Count--;
        }

        SetLine();
        return _state.Last;
    }

    /// <inheritdoc/>
    public void WritePort(ushort port, byte value)
    {
        _state.LastWasCommand = port == Command;
        if (port == Command) WriteCommand(value);
        else WriteData(value);
        SetLine();
    }

    private byte Status() => (byte)((_state.Count != 0 ? OutputFull : 0) | _state.CommandByte & SystemFlag | (_state.LastWasCommand ? LastWasCommand : 0) | NotLocked);

    private void WriteCommand(byte command)
    {
        _state.ControllerCommand = 0;
        switch (command)
        {
            case 0x20:
                Keyboard.Put(ref _state, _state.CommandByte);
                break;
            case 0x60 or 0xD1 or 0xD2 or 0xD3 or 0xD4:
                _state.ControllerCommand = command;
                break;
            case 0xA7:
                _state.CommandByte |= MouseDisabled;
                break;
            case 0xA8:
                _state.CommandByte &= unchecked((byte)~MouseDisabled);
                break;
            case 0xA9:
                // The clock line of the mouse is stuck: there is none.
                Keyboard.Put(ref _state, 1);
                break;
            case 0xAA:
                _state.CommandByte |= SystemFlag;
                Keyboard.Put(ref _state, 0x55);
                break;
            case 0xAB:
                Keyboard.Put(ref _state, 0);
                break;
            case 0xAD:
                _state.CommandByte |= KeyboardDisabled;
                break;
            case 0xAE:
                _state.CommandByte &= unchecked((byte)~KeyboardDisabled);
                break;
            case 0xC0:
                Keyboard.Put(ref _state, 0x80);
                break;
            case 0xD0:
                Keyboard.Put(ref _state, _state.OutputPort);
                break;
            case >= 0xF0 when (command & NotReset) == 0:
                _scheduler.EndRun(RunEnd.Reset);
                break;
        }
    }

    private void WriteData(byte value)
    {
        byte command = _state.ControllerCommand;
        _state.ControllerCommand = 0;
        switch (command)
        {
            case 0x60:
                _state.CommandByte = value;
                break;
            case 0xD1:
                _state.OutputPort = value;
                if ((value & NotReset) == 0) _scheduler.EndRun(RunEnd.Reset);
                break;
            case 0xD2:
                Keyboard.Put(ref _state, value);
                break;
            case 0:
                _state.CommandByte &= unchecked((byte)~KeyboardDisabled);
                Keyboard.Write(ref _state, value);
                break;
        }
    }

    private void SetLine() => _lines.Set(Line, _state.Count != 0 && (_state.CommandByte & InterruptEnable) != 0);
}
