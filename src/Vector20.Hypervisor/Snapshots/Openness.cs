using Vector20.Machine.Apic;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor.Snapshots;

/// <summary>Which events a vCPU would take if they came now: all that masks, blocks or outranks them. Equal values: an event makes no difference by coming earlier or later.</summary>
/// <param name="Flags">RFLAGS.IF and TF.</param>
/// <param name="Blocking">The shadow of STI or MOV SS, and blocking of NMIs, real and virtual.</param>
/// <param name="Activity">Executing, halted, waiting for SIPI.</param>
/// <param name="InService">The vectors in service, folded.</param>
/// <param name="TaskPriority">The task priority.</param>
public readonly record struct Openness(ulong Flags, int Blocking, ActivityState Activity, ulong InService, uint TaskPriority)
{
    /// <summary>That of a vCPU.</summary>
    public static Openness Of(Vcpu v)
    {
        Processor p = v.Processor;
        int blocking = (int)p.Shadow << 2 | (p.NmisBlocked ? 2 : 0) | (p.Vmx.VirtualNmisBlocked ? 1 : 0);
        bool inPage = v.ApicPage is { Active: true } && p.Vmx.NonRoot;
        LocalApic apic = v.Apic ?? p.Apic;
        VectorSet inService = inPage ? v.ApicPage!.InService : apic.State.InService;
        ulong folded = inService[0] ^ ulong.RotateLeft(inService[1], 13) ^ ulong.RotateLeft(inService[2], 29) ^ ulong.RotateLeft(inService[3], 47);
        return new Openness(p.Rflags & (Eflags.IF | Eflags.TF), blocking, p.Activity, folded, inPage ? v.ApicPage!.TaskPriority : apic.TaskPriority);
    }
}
