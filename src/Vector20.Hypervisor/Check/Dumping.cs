using Vector20.Hypervisor.Mmu;
using Vector20.Machine.Memory;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor.Check;

/// <summary>Makes a dump of a vCPU as it is at an exit.</summary>
public static class Dumping
{
    /// <summary>The dump.</summary>
    public static VeDump Of(Vcpu v)
    {
        var area = new PhysicalAddress(v.Vmcs[VmcsField.VirtualizationExceptionInformationAddress]);
        VeInformation? information = VeInformation.Read(v.Vm.Computer.Memory, area);
        ulong guest = information?.GuestPhysical ?? 0;
        DumpedField[] fields = [.. VmcsFields.All.Select(field => new DumpedField(GroupOf(field), field.ToString(), (uint)field, v.Vmcs[field]))];
        DumpedEntry[] walk = [.. v.Vm.Mmu.Walk(new GuestPhysicalAddress(guest)).Select(e => new DumpedEntry(e.Level, e.Value, ShadowEntry.StateOf(e.Value, e.Level)))];
        return new VeDump(v.Index, fields, information, guest, walk);
    }

    private static string GroupOf(VmcsField field) => field.Type() switch
    {
        VmcsFieldType.GuestState => "guest state",
        VmcsFieldType.HostState => "host state",
        VmcsFieldType.ReadOnlyData => "exit information",
        _ => "control state",
    };
}
