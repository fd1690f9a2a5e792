using System.Globalization;
using System.Text;
using Vector20.Hypervisor.Check;

namespace Vector20.Cli.Tracing;

/// <summary>What the #VE check says, in one line: the information area and the entries of the walk, as KVM prints them.</summary>
internal static class CheckText
{
    public static string Of(VeDump dump, bool kills)
    {
        var text = new StringBuilder();
        CultureInfo culture = CultureInfo.InvariantCulture;
        text.Append(culture, $"vcpu {dump.Vcpu} {(kills ? "killed" : "warned")} gpa 0x{dump.GuestPhysical:x}");
        if (dump.Information is { } area)
            text.Append(culture, $" reason {area.ExitReason} busy 0x{area.Busy:x8} qualification 0x{area.Qualification:x} gla 0x{area.GuestLinear:x} eptp_index {area.EptpIndex}");
        foreach (DumpedEntry entry in dump.Walk) text.Append(culture, $" spte[{entry.Level}] = 0x{entry.Value:x}");
        return text.ToString();
    }
}
