using Vector20.Machine.Memory;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>
/// How a hypervisor in C# completes an instruction that exited for an access to memory it emulates: the guest executes the same instruction
/// again, and for this once data accesses to one guest-physical page go to the hypervisor, before EPT. The processor's own
/// semantics are the only ones there are, so faults and exits of the instruction are what they always are.
/// </summary>
/// <remarks>A routed access has a physical address above every real one: <see cref="Mark"/> or'ed to the guest-physical address.</remarks>
internal static class AssistedAccess
{
    private const ulong Mark = 1ul << 63;

    /// <summary>VM entry starts the assistance that the host asked for, if it did: it holds for the instruction at RIP, if that is what comes next.</summary>
    public static void Begin(Processor p)
    {
        p.Vmx.AssistedTick = p.Vmx.AssistedMemory is null ? VmxState.NotAssisted : p.Now;
        p.Vmx.AssistedRip = p.Rip;
    }

    /// <summary>A turn begins: others may have had theirs since the processor was entered, but what comes next on it is still the assisted instruction.</summary>
    public static void BeginTurn(Processor p, ulong now)
    {
        if (p.Vmx.AssistedMemory is not null && p.Vmx.AssistedTick == p.Ticks) p.Vmx.AssistedTick = now;
    }

    /// <summary>Routes an access to the hypervisor, if it is one of the assisted instruction to the assisted page.</summary>
    public static bool Routes(Processor p, ulong guestPhysical, AccessKind kind, out PhysicalAddress routed)
    {
        VmxState vmx = p.Vmx;
        routed = new PhysicalAddress(guestPhysical | Mark);
        return vmx.AssistedMemory is not null && vmx.NonRoot && kind != AccessKind.Execute && (guestPhysical ^ vmx.AssistedPage) < 0x1000
            && p.Executing && p.Now == vmx.AssistedTick && p.Rip == vmx.AssistedRip;
    }

    /// <summary>Whether a physical address is a routed one.</summary>
    public static bool IsRouted(ulong physical) => (physical & Mark) != 0;

    /// <summary>Reads at a routed address.</summary>
    public static ulong Read(Processor p, ulong physical, int size) => p.Vmx.AssistedMemory!.Read(physical & ~Mark, size);

    /// <summary>Writes at a routed address.</summary>
    public static void Write(Processor p, ulong physical, int size, ulong value) => p.Vmx.AssistedMemory!.Write(physical & ~Mark, size, value);
}
