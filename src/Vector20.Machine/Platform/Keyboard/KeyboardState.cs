using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Vector20.Machine.Platform.Keyboard;

/// <summary>Everything the keyboard and its controller remember.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct KeyboardState
{
    /// <summary>The controller's command byte: interrupts, translation, keyboard disabled.</summary>
    public byte CommandByte;

    /// <summary>The output port: bit 0 not reset, bit 1 A20.</summary>
    public byte OutputPort;

    /// <summary>The controller's command whose parameter comes next at port 60H; 0 if none.</summary>
    public byte ControllerCommand;

    /// <summary>The keyboard's command whose parameter comes next; 0 if none.</summary>
    public byte KeyboardCommand;

    /// <summary>Whether the last write was a command.</summary>
    public bool LastWasCommand;

    public bool Scans;

    public byte ScanCodeSet;

    /// <summary>What port 60H gives next, a ring.</summary>
    public OutputBuffer Output;

    public byte First, Count, Last;
}

/// <summary>Bytes that wait at port 60H.</summary>
[InlineArray(Size)]
internal struct OutputBuffer
{
    public const int Size = 32;

    private byte _first;
}
