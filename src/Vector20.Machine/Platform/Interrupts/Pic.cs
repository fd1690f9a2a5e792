namespace Vector20.Machine.Platform.Interrupts;

/// <summary>What one 8259A interrupt controller does with its inputs, INTA cycles and ports.</summary>
[Manual("8259A", "Interrupt Sequence", "8259A Programmable Interrupt Controller")]
internal static class Pic
{
    /// <summary>The input of the master that the slave is connected to.</summary>
    public const int CascadeInput = 2;

    private const byte Icw1 = 0x10, Ocw3 = 0x08;

    /// <summary>The input whose interrupt it asks for now, or -1: the highest request that is not masked and not held up by one in service.</summary>
    public static int Pending(in PicState state)
    {
        int requests = state.Requested & ~state.Mask;
        for (int i = 1; i <= 8; i++)
        {
            int input = state.LowestPriority + i & 7, bit = 1 << input;
            bool inService = (state.InService & bit) != 0;
            // In special fully nested mode another interrupt of the slave that is in service passes.
            bool nested = state is { SpecialFullyNested: true, IsMaster: true } && input == CascadeInput;
            if ((requests & bit) != 0 && (!inService || nested)) return input;
            if (inService && !state.SpecialMask) return -1;
        }

        return -1;
    }

    /// <summary>Sets the level of an input. The request of an edge must stay up until it is acknowledged, or it is gone.</summary>
    public static void SetInput(ref PicState state, int input, bool asserted)
    {
        byte bit = (byte)(1 << input);
        bool rising = (state.Levels & bit) == 0;
        if (!asserted)
        {
            state.Levels &= (byte)~bit;
            state.Requested &= (byte)~bit;
            return;
        }

        state.Levels |= bit;
        if (rising || (state.LevelTriggered & bit) != 0) state.Requested |= bit;
    }

    /// <summary>INTA: the input that is served now. 7 with no request is the spurious one, and is not put in service.</summary>
    public static int Acknowledge(ref PicState state)
    {
        int input = Pending(state);
        if (input < 0) return 7;
        byte bit = (byte)(1 << input);
        if ((state.LevelTriggered & bit) == 0) state.Requested &= (byte)~bit;
        if (!state.AutomaticEnd) state.InService |= bit;
        else if (state.RotatesOnAutomaticEnd) state.LowestPriority = (byte)input;
        return input;
    }

    /// <summary>Reads a port: a poll acknowledges, otherwise IRR or ISR at the command port and the mask at the data port.</summary>
    public static byte Read(ref PicState state, bool data)
    {
        if (state.Polls)
        {
            state.Polls = false;
            return Pending(state) < 0 ? (byte)0 : (byte)(0x80 | Acknowledge(ref state));
        }

        return data ? state.Mask : state.ReadsInService ? state.InService : state.Requested;
    }

    public static void Write(ref PicState state, bool data, byte value)
    {
        if (data) WriteData(ref state, value);
        else if ((value & Icw1) != 0) StartInitialization(ref state, value);
        else if ((value & Ocw3) != 0) WriteOcw3(ref state, value);
        else PicCommands.EndOrRotate(ref state, value);
    }

    private static void StartInitialization(ref PicState state, byte value) => state = new PicState
    {
        IsMaster = state.IsMaster,
        Initialization = PicInitialization.VectorBase,
        LowestPriority = 7,
        Levels = state.Levels,
        LevelTriggered = state.LevelTriggered,
        Requested = (byte)(state.Levels & state.LevelTriggered),
        NeedsMode = (value & 1) != 0,
        Single = (value & 2) != 0,
    };

    private static void WriteData(ref PicState state, byte value)
    {
        PicInitialization afterCascade = state.NeedsMode ? PicInitialization.Mode : PicInitialization.Done;
        switch (state.Initialization)
        {
            case PicInitialization.VectorBase:
                state.VectorBase = (byte)(value & 0xF8);
                state.Initialization = state.Single ? afterCascade : PicInitialization.Cascade;
                break;
            case PicInitialization.Cascade:
                state.Initialization = afterCascade;
                break;
            case PicInitialization.Mode:
                state.AutomaticEnd = (value & 2) != 0;
                state.SpecialFullyNested = (value & 0x10) != 0;
                state.Initialization = PicInitialization.Done;
                break;
            default:
                state.Mask = value;
                break;
        }
    }

    private static void WriteOcw3(ref PicState state, byte value)
    {
        if ((value & 2) != 0) state.ReadsInService = (value & 1) != 0;
        if ((value & 4) != 0) state.Polls = true;
        if ((value & 0x40) != 0) state.SpecialMask = (value & 0x20) != 0;
    }
}
