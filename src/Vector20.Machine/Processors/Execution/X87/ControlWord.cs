namespace Vector20.Machine.Processors.Execution.X87;

/// <summary>The x87 control word.</summary>
[Manual("1", "8.1.5", "x87 FPU Control Word")]
internal static class ControlWord
{
    public const ushort Masks = 0x3F, AlwaysOne = 0x40, Defined = 0x1F3F;

    /// <summary>What is kept of a value that is loaded.</summary>
    public static ushort Stored(ushort value) => (ushort)(value & Defined | AlwaysOne);
}

/// <summary>The x87 status word.</summary>
[Manual("1", "8.1.3", "x87 FPU Status Register")]
internal static class StatusWord
{
    public const ushort Exceptions = 0x3F, StackFault = 0x40, ErrorSummary = 0x80, C0 = 0x100, C1 = 0x200, C2 = 0x400, C3 = 0x4000, Busy = 0x8000;

    /// <summary>Sets or clears the error-summary and busy flags by flags and masks.</summary>
    public static void Summarize(ref ExtendedRegisterFile file)
    {
        bool pends = (file.StatusWord & ~file.ControlWord & Exceptions) != 0;
        file.StatusWord = (ushort)(file.StatusWord & ~(ErrorSummary | Busy) | (pends ? ErrorSummary | Busy : 0));
    }
}
