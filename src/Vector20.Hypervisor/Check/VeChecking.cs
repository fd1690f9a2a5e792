using Vector20.Machine;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor.Check;

/// <summary>The #VE check: every entry suppresses #VE, so a #VE exit means that the hypervisor, or the processor, is broken.</summary>
[Manual("3C", "26.5.7", "Virtualization Exceptions")]
internal static class VeChecking
{
    /// <summary>
    /// A #VE exit. The VM dies, or goes on: the information area stays busy, so the same access now brings the EPT
    /// violation that it should have brought.
    /// </summary>
    public static void Fired(Vcpu v)
    {
        VeDump dump = Dumping.Of(v);
        v.Vm.DumpList.Add(dump);
        bool kills = v.Vm.Options.VeCheck == VeCheck.Kill;
        v.Vm.Note(v, "#VE check", kills ? "the VM is dead" : "dumped; the guest resumes, and the area stays busy");
        if (kills) v.Vm.End(VmState.Killed, $"#VE on vCPU {v.Index}, {Where(dump)}: a guest must never receive one");
    }

    /// <summary>Every #VE that the manual knows leaves the area busy.</summary>
    private static string Where(VeDump dump) => dump.Information is { Busy: not 0 }
        ? $"guest-physical 0x{dump.GuestPhysical:x}"
        : "though no EPT violation was converted: the information area is not busy";
}
