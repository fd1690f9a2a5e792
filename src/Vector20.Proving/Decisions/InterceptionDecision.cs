using Vector20.Machine;
using Vector20.Machine.Events;

namespace Vector20.Proving.Decisions;

/// <summary>What VMX intercepts: claims C9 to C11 over their whole input.</summary>
[Manual("3C", "26.2", "Other Causes of VM Exits")]
internal static class InterceptionDecision
{
    private static readonly EventType[] s_types =
        [EventType.ExternalInterrupt, EventType.Nmi, EventType.HardwareException, EventType.SoftwareInterrupt, EventType.PrivilegedSoftwareException, EventType.SoftwareException];

    public static DecisionResult Run(HardwareFaults faults)
    {
        long inputs = 0;
        string? broken = null;
        foreach (EventType type in s_types)
            for (int vector = 0; vector < 256; vector++)
                for (int rest = 0; rest < 16; rest++)
                {
                    var e = new Event(type, (byte)vector, Source: (rest & 1) != 0 ? EventSource.Injection : EventSource.Instruction);
                    uint own = vector < 32 ? 1u << vector : 0, others = (rest & 8) != 0 ? ~own : 0;
                    uint bitmap = others | ((rest & 2) != 0 ? own : 0);
                    Try(e, new InterceptionControls(bitmap, NmiExiting: (rest & 4) != 0, Faults: faults), ref inputs, ref broken);
                }

        for (uint all = 0; all < 1 << 16; all++)
        {
            Event fault = Event.Exception(ExceptionVector.PageFault, all & 31);
            Try(fault, new InterceptionControls((all >> 15) << 14, all >> 5 & 31, all >> 10 & 31, Faults: faults), ref inputs, ref broken);
        }

        return new DecisionResult("what VMX intercepts", "interrupts and INT n never by the exception bitmap; exceptions by their bit; injected events never (SDM 3C 26.2)", inputs, broken);
    }

    private static void Try(in Event e, in InterceptionControls controls, ref long inputs, ref string? broken)
    {
        inputs++;
        InterceptionRule rule = Interception.Decide(e, controls);
        if (Interception.Exits(rule) != MustExit(e, controls)) broken ??= $"{e.Type}, vector {e.Vector}, bitmap {controls.ExceptionBitmap:x8}H: {rule}";
    }

    private static bool MustExit(in Event e, in InterceptionControls controls)
    {
        if (e.Source == EventSource.Injection || e.Type is EventType.ExternalInterrupt or EventType.SoftwareInterrupt) return false;
        if (e.Type == EventType.Nmi) return controls.NmiExiting;
        bool bit = e.Vector < 32 && (controls.ExceptionBitmap >> e.Vector & 1) != 0;
        bool matches = !e.Is(ExceptionVector.PageFault) || (e.ErrorCode & controls.PageFaultMask) == controls.PageFaultMatch;
        return bit == matches;
    }
}
