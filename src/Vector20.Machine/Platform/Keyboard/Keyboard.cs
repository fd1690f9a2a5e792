namespace Vector20.Machine.Platform.Keyboard;

/// <summary>The PS/2 keyboard's commands.</summary>
[Manual("IBM PS/2", "Keyboards (101- and 102-Key)", "Hardware Interface Technical Reference")]
internal static class Keyboard
{
    private const byte Acknowledge = 0xFA, SelfTestPassed = 0xAA, EchoAnswer = 0xEE, Resend = 0xFE;
    private const byte SetLamps = 0xED, Echo = 0xEE, ScanCodeSet = 0xF0, Identify = 0xF2, SetRate = 0xF3, Enable = 0xF4, Disable = 0xF5, Defaults = 0xF6, ResetCommand = 0xFF;

    public static void PowerUp(ref KeyboardState state)
    {
        state.Scans = true;
        state.ScanCodeSet = 2;
        state.KeyboardCommand = 0;
    }

    /// <summary>A byte for port 60H.</summary>
    public static void Put(ref KeyboardState state, byte value)
    {
        if (state.Count == OutputBuffer.Size) return;
        state.Output[(state.First + state.Count++) % OutputBuffer.Size] = value;
    }

    /// <summary>A byte from the system: a command, or the parameter of the one before.</summary>
    public static void Write(ref KeyboardState state, byte value)
    {
        byte command = state.KeyboardCommand;
        state.KeyboardCommand = 0;
        if (command != 0 && value < SetLamps) Parameter(ref state, command, value);
        else Command(ref state, value);
    }

    private static void Command(ref KeyboardState state, byte command)
    {
        switch (command)
        {
            case SetLamps or ScanCodeSet or SetRate:
                state.KeyboardCommand = command;
                Put(ref state, Acknowledge);
                break;
            case Echo:
                Put(ref state, EchoAnswer);
                break;
            case Identify:
                Put(ref state, Acknowledge);
                Put(ref state, 0xAB);
                Put(ref state, 0x83);
                break;
            case Enable or Disable or Defaults:
                if (command != Enable) PowerUp(ref state);
                state.Scans = command != Disable;
                Put(ref state, Acknowledge);
                break;
            case ResetCommand:
                PowerUp(ref state);
                state.Count = 0;
                Put(ref state, Acknowledge);
                Put(ref state, SelfTestPassed);
                break;
            default:
                Put(ref state, Resend);
                break;
        }
    }

    private static void Parameter(ref KeyboardState state, byte command, byte value)
    {
        Put(ref state, Acknowledge);
        if (command != ScanCodeSet) return;
        if (value == 0) Put(ref state, state.ScanCodeSet);
        else state.ScanCodeSet = value;
    }
}
