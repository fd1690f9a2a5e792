using System.Globalization;
using System.Text;
using Vector20.Hypervisor;
using Vector20.Machine.Memory;
using Vector20.Machine.Vmx;

namespace Vector20.Bench;

/// <summary>
/// The side-by-side: every emulator runs every boot image in turn, in one session, and what is kept is the ratio. Start-up is taken
/// off by running the same image for one iteration.
/// </summary>
internal static class Comparison
{
    /// <summary>Measures, and writes the tables as Markdown.</summary>
    public static string Run(int rounds, Action<string> progress)
    {
        IEmulator[] emulators = [new Own(), new Bochs(), new Qemu(counting: false), new Qemu(counting: true)];
        emulators = [.. emulators.Where(e => e is not ExternalEmulator { Exists: false })];
        var text = new StringBuilder();
        text.Append("| workload | counted |").AppendJoin(" |", emulators.Select(e => $" {e.Name}, M/s")).AppendLine(" | Vector20 / Bochs | Vector20 / QEMU |");
        text.Append("| --- | --- |").Insert(text.Length, " ---: |", emulators.Length + 2).AppendLine();
        foreach (Workload workload in Workloads.All)
        {
            double?[] rates = [.. emulators.Select(e => Rate(e, workload, e is Own or Bochs ? rounds : 1, progress))];
            text.Append(CultureInfo.InvariantCulture, $"| {workload.Name} | {workload.Unit} |");
            foreach (double? rate in rates) text.Append(CultureInfo.InvariantCulture, $" {Show(rate)} |");
            text.AppendLine(CultureInfo.InvariantCulture, $" {Ratio(emulators, rates, "Bochs")} | {Ratio(emulators, rates, "QEMU TCG")} |");
        }

        text.AppendLine().AppendLine("| what only Vector20 does | a second |").AppendLine("| --- | ---: |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| {Workloads.VmExits.Name} | {Show(Rate(new Own(_ => { }), Workloads.VmExits, rounds, progress))} million |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| {Workloads.MachineHostExits.Name} | {Show(Rate(new Own(), Workloads.MachineHostExits, rounds, progress))} million |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| {Workloads.VirtualizationExceptions.Name} | {Show(Rate(new Own(GiveVirtualizationExceptions, s_noSuppression), Workloads.VirtualizationExceptions, rounds, progress))} million |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| forks of a 4-MiB machine, each run for one instruction | {Forks.PerSecond() / 1e6:F2} million |");
        return text.ToString();
    }

    private static readonly HypervisorOptions s_noSuppression = new() { Bugs = HypervisorBugs.NonpresentWithoutSuppress | HypervisorBugs.BitmapMissesVe };

    /// <summary>Puts the information area where the guest can clear its busy word.</summary>
    private static void GiveVirtualizationExceptions(VirtualMachine vm) =>
        vm.Vcpus[0].Vmcs[VmcsField.VirtualizationExceptionInformationAddress] = BootImage.VirtualizationInformation;

    /// <summary>The best of some rounds, in millions a second; null if the emulator did not end.</summary>
    private static double? Rate(IEmulator emulator, Workload workload, int rounds, Action<string> progress)
    {
        ulong count = emulator is Bochs ? workload.Count / 5 : workload.Count;
        byte[] empty = BootImage.Make(workload.Emit, 1), full = BootImage.Make(workload.Emit, count);
        double? best = null;
        for (int round = 0; round < rounds; round++)
        {
            double? seconds = emulator.Run(full) - emulator.Run(empty);
            if (seconds is > 0 && (best is null || seconds < best)) best = seconds;
        }

        double? rate = count * (ulong)workload.PerIteration / best / 1e6;
        progress($"{emulator.Name}: {workload.Name} {Show(rate)} M/s");
        return rate;
    }

    private static string Show(double? rate) => rate switch
    {
        null => "-",
        < 10 => rate.Value.ToString("F2", CultureInfo.InvariantCulture),
        _ => rate.Value.ToString("F0", CultureInfo.InvariantCulture),
    };

    private static string Ratio(IEmulator[] emulators, double?[] rates, string name)
    {
        int other = Array.FindIndex(emulators, e => e.Name == name);
        return other < 0 || rates[other] is null ? "-" : (rates[0] / rates[other])!.Value.ToString("F2", CultureInfo.InvariantCulture);
    }
}
