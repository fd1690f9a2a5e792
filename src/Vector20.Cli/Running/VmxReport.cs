using System.Globalization;
using Spectre.Console;
using Vector20.Cli.Output;

namespace Vector20.Cli.Running;

/// <summary>VM exits by reason and by guest, the guests, and the time in and outside them, as tables.</summary>
internal static class VmxReport
{
    /// <summary>The most guests that have a column of their own: the first ones.</summary>
    private const int MostColumns = 8;

    /// <summary>Writes the tables. The built-in hypervisor takes no time, and says itself what its guest is.</summary>
    public static void Write(VmxSummary vmx, bool builtIn, TextWriter writer, bool color)
    {
        Renderer.Write(Exits(vmx, builtIn ? "vCPU" : "guest"), writer, color);
        if (builtIn) return;
        Renderer.Write(Guests(vmx), writer, color);
        Renderer.Write(Times(vmx), writer, color);
    }

    private static Table Exits(VmxSummary vmx, string guest)
    {
        GuestExits[] columns = vmx.Guests.Count > 1 ? [.. vmx.Guests.Take(MostColumns)] : [];
        GuestExits[] others = vmx.Guests.Count > 1 ? [.. vmx.Guests.Skip(MostColumns)] : [];
        Table table = Renderer.Table(["VM exits", "reason", "", .. columns.Select(g => $"{guest} {g.Number}"), .. others.Length > 0 ? ["others"] : Array.Empty<string>()]);
        for (int i = 0; i < table.Columns.Count; i++)
            if (i != 2) table.Columns[i].RightAligned();
        foreach (ExitsByReason exits in vmx.Exits)
        {
            long rest = others.Sum(g => CountOf(g, exits.Reason));
            table.AddRow([Number(exits.Count), Number(exits.Reason), Markup.Escape(exits.Name), .. columns.Select(g => Number(CountOf(g, exits.Reason))), .. others.Length > 0 ? [Number(rest)] : Array.Empty<string>()]);
        }

        if (vmx.Exits.Count == 0) table.AddRow("0", "", "none");
        return table;
    }

    private static Table Guests(VmxSummary vmx)
    {
        Table table = RightAligned(Renderer.Table("guest", "VMCS", "VPID", "EPTP", "VM entries", "VM exits", "ticks"));
        foreach (GuestExits g in vmx.Guests)
            table.AddRow(Number(g.Number), g.Vmcs ?? "others", g.Vpid is { } vpid ? Number(vpid) : "", g.EptPointer ?? "", Number(g.Entries), Number(g.Exits.Sum(exits => exits.Count)), Number((long)g.Ticks));
        return table;
    }

    private static Table Times(VmxSummary vmx)
    {
        Table table = RightAligned(Renderer.Table("processor", "ticks in root operation or outside VMX", "%", "in non-root operation", "%"));
        foreach (ProcessorTime time in vmx.Processors)
            table.AddRow(Number(time.Processor), Number((long)time.RootTicks), Percent(time.RootPercent), Number((long)time.NonRootTicks), Percent(time.NonRootPercent));
        return table;
    }

    private static Table RightAligned(Table table)
    {
        foreach (TableColumn column in table.Columns) column.RightAligned();
        return table;
    }

    private static long CountOf(GuestExits guest, int reason) => guest.Exits.FirstOrDefault(exits => exits.Reason == reason)?.Count ?? 0;

    private static string Number(long value) => value.ToString("n0", CultureInfo.InvariantCulture);

    private static string Percent(double value) => value.ToString("n2", CultureInfo.InvariantCulture);
}
