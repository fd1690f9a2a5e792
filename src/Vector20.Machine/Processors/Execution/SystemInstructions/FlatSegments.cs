namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>CS and SS as SYSCALL, SYSRET, SYSENTER and SYSEXIT load them: flat, whatever the descriptors say.</summary>
internal static class FlatSegments
{
    private const uint Code = 0x809B, Data = 0xC093, Long = 1 << 13, Big = 1 << 14, Dpl3 = 3 << 5;

    /// <summary>Enters CPL 0: SS is the selector after CS.</summary>
    public static void Enter(Processor p, ushort selector, bool wide)
    {
        selector = (ushort)(selector & ~3);
        Load(p, 0, selector, (ushort)(selector + 8), wide);
    }

    /// <summary>Goes to CPL 3: both selectors get RPL 3.</summary>
    public static void Leave(Processor p, ushort code, ushort stack, bool wide) => Load(p, 3, (ushort)(code | 3), (ushort)(stack | 3), wide);

    private static void Load(Processor p, byte cpl, ushort code, ushort stack, bool wide)
    {
        uint dpl = cpl == 3 ? (uint)Dpl3 : 0;
        p.CurrentPrivilegeLevel = cpl;
        p.SetSegment(SegmentName.Ss, new SegmentRegister(stack, 0, uint.MaxValue, Data | dpl));
        p.SetSegment(SegmentName.Cs, new SegmentRegister(code, 0, uint.MaxValue, Code | dpl | (wide ? Long : Big)));
    }
}
