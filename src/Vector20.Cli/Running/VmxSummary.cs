using Vector20.Machine;
using Vector20.Machine.Vmx;

namespace Vector20.Cli.Running;

/// <summary>VM entries and VM exits of a run, of a hypervisor in C# or in machine code.</summary>
/// <param name="Exits">VM exits of all guests by reason, the most frequent first.</param>
/// <param name="Guests">The guests, in the order of their first entries; those of the built-in hypervisor in the order of vCPUs.</param>
/// <param name="Processors">Where each processor was.</param>
public sealed record VmxSummary(IReadOnlyList<ExitsByReason> Exits, IReadOnlyList<GuestExits> Guests, IReadOnlyList<ProcessorTime> Processors)
{
    /// <summary>What the accounts of a computer say; null if no guest was ever entered.</summary>
    internal static VmxSummary? Of(Computer computer)
    {
        if (computer.VmxAccounts is not { } accounts || accounts.Guests.All(guest => guest.Entries == 0)) return null;
        IEnumerable<ExitsByReason> all = accounts.Guests.SelectMany(guest => guest.Exits.ByFrequency)
            .GroupBy(exits => exits.Reason, (reason, counts) => ExitsByReason.Of(reason, counts.Sum(exits => exits.Count))).OrderByDescending(exits => exits.Count).ThenBy(exits => exits.Reason);
        return new VmxSummary([.. all], [.. accounts.Guests.Select(guest => GuestOf(accounts, guest))], [.. computer.Processors.Select(p => TimeOf(accounts, p.Index))]);
    }

    private static GuestExits GuestOf(VmxAccounts accounts, GuestAccount guest) => new(
        guest.Number,
        guest.Identity is { Vmcs: not VmxState.NoPointer } placed ? $"0x{placed.Vmcs:x}" : null,
        guest.Identity?.Vpid,
        guest.Identity is { } identity ? $"0x{identity.EptPointer:x}" : null,
        guest.Entries,
        accounts.TimeIn(guest),
        [.. guest.Exits.ByFrequency.Select(exits => ExitsByReason.Of(exits.Reason, exits.Count))]);

    private static ProcessorTime TimeOf(VmxAccounts accounts, int processor)
    {
        ProcessorTimes times = accounts.TimesOf(processor);
        double all = Math.Max(1, times.Root + times.NonRoot);
        return new ProcessorTime(processor, times.Root, times.NonRoot, Math.Round(100 * times.Root / all, 2), Math.Round(100 * times.NonRoot / all, 2));
    }
}

/// <summary>One guest: what the silicon knows of it, and its VM exits.</summary>
/// <param name="Number">Its number, as in traces.</param>
/// <param name="Vmcs">The region of its VMCS; null where a hypervisor in C# has none.</param>
/// <param name="Vpid">Its VPID, 0 without; null for all those together for which there was no room.</param>
/// <param name="EptPointer">Its EPTP, 0 without EPT.</param>
/// <param name="Entries">VM entries.</param>
/// <param name="Ticks">Time in it.</param>
/// <param name="Exits">Its VM exits by reason, the most frequent first.</param>
public sealed record GuestExits(int Number, string? Vmcs, int? Vpid, string? EptPointer, long Entries, ulong Ticks, IReadOnlyList<ExitsByReason> Exits);

/// <summary>Where one processor was, in ticks of the clock and in percent of them.</summary>
/// <param name="Processor">Which.</param>
/// <param name="RootTicks">Outside VMX non-root operation.</param>
/// <param name="NonRootTicks">In VMX non-root operation.</param>
/// <param name="RootPercent">The first as percentage.</param>
/// <param name="NonRootPercent">The second.</param>
public sealed record ProcessorTime(int Processor, ulong RootTicks, ulong NonRootTicks, double RootPercent, double NonRootPercent);
