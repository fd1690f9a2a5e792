using Vector20.Machine.Processors;

namespace Vector20.Machine.Events;

/// <summary>Breakpoints on instructions and I/O ports. Those on data are found where memory is accessed.</summary>
[Manual("3B", "18.2.5", "Breakpoint Field Recognition")]
internal static class CodeBreakpoints
{
    private const int OnExecution = 0, OnInputOutput = 2;

    /// <summary>Whether any instruction breakpoint is enabled.</summary>
    public static bool Armed(Processor p) => (p.DebugControl & Dr7.EnableMask) != 0 && AnyOnExecution(p);

    private static bool AnyOnExecution(Processor p)
    {
        for (int i = 0; i < 4; i++)
            if (Enabled(p, i, OnExecution)) return true;
        return false;
    }

    /// <summary>#DB, a fault, before the instruction at RIP, unless RF is set or MOV SS came before it.</summary>
    [Manual("3B", "18.3.1.1", "Instruction-Breakpoint Exception Condition")]
    public static bool Take(Processor p) => Armed(p) && Meet(p);

    private static bool Meet(Processor p)
    {
        if ((p.SystemFlags & Eflags.RF) != 0 || p.Shadow == InterruptShadow.MovSs || p.Activity != ActivityState.Active) return false;
        ulong linear = p.Linear(SegmentName.Cs, p.Rip), met = 0;
        for (int i = 0; i < 4; i++)
            if (Enabled(p, i, OnExecution) && p.DebugAddresses[i] == linear) met |= 1ul << i;
        if (met == 0) return false;
        EventPipeline.Send(p, Event.Exception(ExceptionVector.Debug) with { Payload = met });
        return true;
    }

    /// <summary>An instruction is about to access a port: a trap becomes pending for each breakpoint on it. Needs CR4.DE.</summary>
    [Manual("3B", "18.3.1.3", "Data Memory and I/O Breakpoint Exception Conditions")]
    public static void AccessPort(Processor p, ushort port, int size)
    {
        if ((p.DebugControl & Dr7.EnableMask) == 0 || (p.ControlRegister4 & Cr4.DE) == 0) return;
        for (int i = 0; i < 4; i++)
        {
            int length = Length(p, i);
            ulong first = p.DebugAddresses[i] & ~((ulong)length - 1);
            if (!Enabled(p, i, OnInputOutput) || port >= first + (uint)length || first >= port + (uint)size) continue;
            p.PendingDebugTraps |= 1ul << i;
            p.RequestAttention();
        }
    }

    private static bool Enabled(Processor p, int breakpoint, int condition) =>
        (p.DebugControl >> breakpoint * 2 & 3) != 0 && (int)(p.DebugControl >> 16 + breakpoint * 4 & 3) == condition;

    private static int Length(Processor p, int breakpoint) => (int)(p.DebugControl >> 18 + breakpoint * 4 & 3) switch { 0 => 1, 1 => 2, 3 => 4, _ => 8 };
}
