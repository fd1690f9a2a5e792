using System.Globalization;
using System.Text;
using Vector20.Hypervisor;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors.Translation;
using Vector20.Machine.Vmx;

namespace Vector20.Bench;

/// <summary>
/// The side-by-side: in every round, every emulator runs the boot image in turn, so that a slow minute of the machine is everybody's; of its
/// rounds, each keeps the best. Start-up is taken off by running the same image for one iteration.
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
            double?[] rates = Rates(emulators, workload, rounds, progress);
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

    /// <summary>Vector20 alone, its first tier against both, the best of a few rounds: a quick look while working on either.</summary>
    public static void Tiers(string[] names, Action<string> show)
    {
        IEmulator[] tiers = [new Own(translation: new TranslationOptions(0)), new Own()];
        foreach (Workload workload in Workloads.All)
        {
            if (names is not [] && !names.Contains(workload.Name.Split(' ')[0])) continue;
            double?[] rates = Rates(tiers, workload, 5, show);
            show($"{workload.Name}: first tier {Show(rates[0])} M/s, both {Show(rates[1])} M/s");
        }
    }

    private static readonly HypervisorOptions s_noSuppression = new() { Bugs = HypervisorBugs.NonpresentWithoutSuppress | HypervisorBugs.BitmapMissesVe };

    /// <summary>Puts the information area where the guest can clear its busy word.</summary>
    private static void GiveVirtualizationExceptions(VirtualMachine vm) =>
        vm.Vcpus[0].Vmcs[VmcsField.VirtualizationExceptionInformationAddress] = BootImage.VirtualizationInformation;

    private static double? Rate(IEmulator emulator, Workload workload, int rounds, Action<string> progress) =>
        Rates([emulator], workload, rounds, progress)[0];

    /// <summary>The best round of each emulator, in millions a second; null for one that did not end.</summary>
    private static double?[] Rates(IEmulator[] emulators, Workload workload, int rounds, Action<string> progress)
    {
        var best = new double?[emulators.Length];
        for (int round = 1; round <= rounds; round++)
        {
            for (int i = 0; i < emulators.Length; i++)
            {
                double? rate = Once(emulators[i], workload);
                progress($"{workload.Name}, round {round}: {emulators[i].Name} {Show(rate)} M/s");
                if (rate is not null && (best[i] is null || rate > best[i])) best[i] = rate;
            }
        }

        return best;
    }

    private static double? Once(IEmulator emulator, Workload workload)
    {
        ulong count = emulator is Bochs ? workload.Count / 5 : workload.Count;
        double? seconds = emulator.Run(BootImage.Make(workload.Emit, count)) - emulator.Run(BootImage.Make(workload.Emit, 1));
        return seconds is > 0 ? count * (ulong)workload.PerIteration / seconds / 1e6 : null;
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
