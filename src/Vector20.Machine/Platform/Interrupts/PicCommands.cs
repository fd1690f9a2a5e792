namespace Vector20.Machine.Platform.Interrupts;

/// <summary>OCW2 of the 8259A: the ends of interrupt and the rotations of priority.</summary>
[Manual("8259A", "Operation Command Words", "8259A Programmable Interrupt Controller")]
internal static class PicCommands
{
    private const int ClearRotateOnAutomaticEnd = 0, End = 1, SpecificEnd = 3, RotateOnAutomaticEnd = 4, RotateOnEnd = 5, SetPriority = 6, RotateOnSpecificEnd = 7;

    public static void EndOrRotate(ref PicState state, byte value)
    {
        int input = value & 7;
        switch (value >> 5)
        {
            case ClearRotateOnAutomaticEnd or RotateOnAutomaticEnd:
                state.RotatesOnAutomaticEnd = value >> 5 == RotateOnAutomaticEnd;
                break;
            case End or RotateOnEnd:
                input = HighestInService(state);
                if (input < 0) break;
                state.InService &= (byte)~(1 << input);
                if (value >> 5 == RotateOnEnd) state.LowestPriority = (byte)input;
                break;
            case SpecificEnd or RotateOnSpecificEnd:
                state.InService &= (byte)~(1 << input);
                if (value >> 5 == RotateOnSpecificEnd) state.LowestPriority = (byte)input;
                break;
            case SetPriority:
                state.LowestPriority = (byte)input;
                break;
        }
    }

    /// <summary>What a non-specific EOI ends. One that special mask mode masks is passed over.</summary>
    private static int HighestInService(in PicState state)
    {
        for (int i = 1; i <= 8; i++)
        {
            int input = state.LowestPriority + i & 7, bit = 1 << input;
            if ((state.InService & bit) != 0 && !(state.SpecialMask && (state.Mask & bit) != 0)) return input;
        }

        return -1;
    }
}
