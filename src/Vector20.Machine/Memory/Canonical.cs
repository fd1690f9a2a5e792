using Vector20.Machine.Events;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Memory;

/// <summary>Canonical addresses.</summary>
[Manual("1", "3.3.7.1", "Canonical Addressing")]
internal static class Canonical
{
    /// <summary>Whether bits 63 down to the top implemented linear-address bit are all equal: 48 bits, or 57 with CR4.LA57.</summary>
    public static bool Is(Processor p, ulong linear)
    {
        int unused = (p.ControlRegister4 & Cr4.LA57) != 0 ? 64 - 57 : 64 - 48;
        return (ulong)((long)(linear << unused) >> unused) == linear;
    }

    /// <summary>Refuses a non-canonical access in 64-bit mode: #SS(0) through SS, else #GP(0).</summary>
    public static bool Check(Processor p, ulong linear, int size, Access access)
    {
        if (!p.Is64Bit || Is(p, linear) && Is(p, linear + (uint)size - 1)) return true;
        return p.Refuse(access.Segment == SegmentName.Ss ? ExceptionVector.StackFault : ExceptionVector.GeneralProtection, 0);
    }
}
