using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vector20.Machine.Platform.Timers;

namespace Vector20.Machine.Platform.Video;

/// <summary>
/// The registers of a VGA adapter that is always in text mode 3: they remember what is written. The CRTC's cursor is what anybody reads, and
/// input status 1 shows retraces at 60 Hz.
/// </summary>
[Manual("VGA", "CRT Controller Registers", "IBM VGA Technical Reference")]
public sealed class VideoPorts : IBytePortDevice, IDevice
{
    private const ushort First = 0x3C0, AttributeAddress = 0x3C0, AttributeData = 0x3C1, MiscWrite = 0x3C2, MiscRead = 0x3CC;
    private const ushort CrtcIndex = 0x3D4, CrtcData = 0x3D5, InputStatus = 0x3DA;
    private const int Count = 0x20, CursorHigh = 0xE, CursorLow = 0xF;
    private const byte DisplayDisabled = 1, VerticalRetrace = 8, ColourAt3Dx = 1;

    /// <summary>Lines of a frame, and of those the visible ones; the clock counts lines.</summary>
    private const ulong LinesInFrame = 449, VisibleLines = 400;

    /// <summary>Lines in a second.</summary>
    internal const ulong Hertz = 31_469;

    private readonly DeviceClock _lines;
    private VideoState _state;

    internal VideoPorts(DeviceBus bus, DeviceClock lines)
    {
        _lines = lines;
        _state.Ports[MiscWrite - First] = 0x66 | ColourAt3Dx;
        bus.AddPorts(First, Count, this);
    }

    /// <inheritdoc/>
    public Span<byte> StateBytes => DeviceState.Bytes(ref _state);

    /// <summary>The cell that the cursor is at.</summary>
    public int Cursor => _state.Crtc[CursorHigh] << 8 | _state.Crtc[CursorLow];

    /// <inheritdoc/>
    public byte ReadPort(ushort port) => port switch
    {
        AttributeData => _state.Attributes[_state.Ports[AttributeAddress - First] & 31],
        MiscRead => _state.Ports[MiscWrite - First],
        CrtcData => _state.Crtc[_state.Ports[CrtcIndex - First] & 31],
        InputStatus => ReadInputStatus(),
        _ => _state.Ports[port - First],
    };

    /// <inheritdoc/>
    public void WritePort(ushort port, byte value)
    {
        switch (port)
        {
            case AttributeAddress when _state.AttributeDataNext:
                _state.Attributes[_state.Ports[0] & 31] = value;
                _state.AttributeDataNext = false;
                break;
            case AttributeAddress:
                _state.Ports[0] = value;
                _state.AttributeDataNext = true;
                break;
            case CrtcData:
                _state.Crtc[_state.Ports[CrtcIndex - First] & 31] = value;
                break;
            default:
                _state.Ports[port - First] = value;
                break;
        }
    }

    /// <summary>Reading it also makes the attribute port expect an address.</summary>
    private byte ReadInputStatus()
    {
        _state.AttributeDataNext = false;
        return _lines.Now % LinesInFrame < VisibleLines ? (byte)0 : (byte)(DisplayDisabled | VerticalRetrace);
    }
}

/// <summary>Thirty-two registers.</summary>
[InlineArray(32)]
internal struct VideoRegisters
{
    private byte _first;
}

/// <summary>Everything the adapter remembers beside its memory, which is RAM.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct VideoState
{
    public VideoRegisters Ports, Crtc, Attributes;
    public bool AttributeDataNext;
}
