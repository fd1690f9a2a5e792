using Vector20.Machine.Processors;

namespace Vector20.Machine.Memory;

/// <summary>Data breakpoints: pages that DR0-DR3 watch never enter the software TLB, so every access to them passes here.</summary>
[Manual("3B", "18.2.5", "Breakpoint Field Recognition")]
internal static class DebugWatch
{
    /// <summary>Records a pending debug trap for each enabled data breakpoint that the access touches. Always true.</summary>
    public static bool Check(Processor p, ulong linear, int size, AccessKind kind)
    {
        if ((p.DebugControl & Dr7.EnableMask) == 0 || kind == AccessKind.Execute) return true;
        for (int i = 0; i < 4; i++)
        {
            if ((p.DebugControl >> (i * 2) & 3) == 0) continue;
            int condition = (int)(p.DebugControl >> (16 + i * 4)) & 3, length = LengthOf(p.DebugControl, i);
            ulong start = p.DebugAddresses[i] & ~((ulong)length - 1);
            bool kindMatches = condition == 3 || condition == 1 && kind == AccessKind.Write;
            if (kindMatches && linear < start + (uint)length && start < linear + (uint)size)
            {
                p.PendingDebugTraps |= 1ul << i;
                p.RequestAttention();
            }
        }

        return true;
    }

    /// <summary>Whether any enabled breakpoint lies in the page.</summary>
    public static bool WatchesPage(Processor p, ulong linear)
    {
        if ((p.DebugControl & Dr7.EnableMask) == 0) return false;
        for (int i = 0; i < 4; i++)
        {
            if ((p.DebugControl >> (i * 2) & 3) != 0 && (p.DebugAddresses[i] ^ linear) < 0x1000) return true;
        }

        return false;
    }

    private static int LengthOf(ulong control, int breakpoint) => ((int)(control >> (18 + breakpoint * 4)) & 3) switch { 0 => 1, 1 => 2, 3 => 4, _ => 8 };
}
