using Vector20.Hypervisor.Check;
using Vector20.Proving.Questions;

namespace Vector20.Cli.Output;

/// <summary>The dump of the #VE check as lines: VMCS, information area, walk.</summary>
internal static class DumpText
{
    /// <summary>Every line of a dump.</summary>
    public static IEnumerable<string> Lines(VeDump dump)
    {
        yield return $"#VE exit on vCPU {dump.Vcpu}";
        foreach (IGrouping<string, DumpedField> group in dump.Vmcs.Where(field => field.Value != 0).GroupBy(field => field.Group))
        {
            yield return $"  VMCS, {group.Key} (what is not 0)";
            foreach (DumpedField field in group) yield return $"    {field.Name,-42} 0x{field.Encoding:x4}  0x{field.Value:x}";
        }

        foreach (string line in Information(dump.Information)) yield return line;
        yield return $"  EPT walk of guest-physical 0x{dump.GuestPhysical:x}";
        foreach (DumpedEntry entry in dump.Walk) yield return $"    level {entry.Level}  0x{entry.Value:x16}  {Names.Of(entry.State)}";
    }

    private static IEnumerable<string> Information(VeInformation? area)
    {
        yield return area is null ? "  information area: its address is not in memory" : "  information area";
        if (area is null) yield break;
        yield return $"    +0  exit reason             {area.ExitReason}";
        yield return $"    +4  busy                    0x{area.Busy:x8}";
        yield return $"    +8  exit qualification      0x{area.Qualification:x}";
        yield return $"    +16 guest-linear address    0x{area.GuestLinear:x16}";
        yield return $"    +24 guest-physical address  0x{area.GuestPhysical:x}";
        yield return $"    +32 EPTP index              {area.EptpIndex}";
    }
}
