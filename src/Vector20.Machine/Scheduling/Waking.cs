using Vector20.Machine.Apic;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Scheduling;

/// <summary>Whether a computer whose processors all idle can ever go on.</summary>
internal static class Waking
{
    /// <summary>A processor halted with interrupts on can be woken by any; one with interrupts off only by NMI, SMI or INIT; a host decides for itself.</summary>
    [Manual("2A", "3.3", "HLT - Halt")]
    public static bool IsPossible(Computer computer)
    {
        bool unmaskable = computer.ApicFabric.HasUnmaskableSource;
        foreach (Processor p in computer.Processors)
        {
            if (p.Activity == ActivityState.Hlt && (unmaskable || p.Vmx.NonRoot || p.Vmx.InHost || (p.SystemFlags & Eflags.IF) != 0)) return true;
            if (p.Activity != ActivityState.Hlt && unmaskable) return true;
        }

        return false;
    }
}
