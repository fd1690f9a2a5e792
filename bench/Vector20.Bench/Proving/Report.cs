using System.Globalization;
using System.Runtime.InteropServices;

namespace Vector20.Bench.Proving;

/// <summary>docs/prove-benchmarks.md.</summary>
internal static class Report
{
    /// <summary>A rate in thousands, with no more digits than a noisy machine gives.</summary>
    public static string Thousands(double perSecond) => (perSecond / 1e3).ToString(perSecond < 1e4 ? "F1" : "F0", CultureInfo.InvariantCulture);

    /// <summary>Measures everything and writes the page.</summary>
    public static void Write(TextWriter text, Action<string> progress)
    {
        text.WriteLine($"""
            # Speed of the prover

            Made by `dotnet run -c Release --project bench/Vector20.Bench prove docs/prove-benchmarks.md`, in one session on a machine with {Environment.ProcessorCount} processors,
            {RuntimeInformation.FrameworkDescription}. Machines are noisy: read these as to one another. The property is `no-ve`.

            ## Single actions, thousand a second of one core

            Each is a fork of the world, the action as machine code under the hypervisor to its end, the check, and the fork's end; the best of four rounds, by
            the processor time of the process, the collector's included.

            """);
        ActionRates.Write(text, progress);
        text.WriteLine("""

            ## Steps of sequences

            An action is begun, and every order of the steps of all that is in progress is followed; behind each the state is hashed. By the processor time of one worker.

            """);
        ActionRates.WriteSteps(text, progress);
        text.WriteLine("""

            ## Growth with depth and vCPUs

            One world, all workers, by the clock on the wall, start-up of each search included.

            """);
        Growth.WriteSizes(text, progress);
        text.WriteLine("""

            With one more action there are some 200 times as many: a third is beyond the default limit of 5 million states. What moves EPT entries alone (host operations, reads and
            writes of two pages; one vCPU, no interleaving) has an end:

            """);
        Growth.WriteFixpoint(text, progress);
        text.WriteLine("""

            ## Workers

            The part 'singles' of the default proof, once before that is counted.

            """);
        Growth.WriteWorkers(text, progress);
        text.WriteLine("""

            ## Beside a model for Spin

            [bench/spin/ve.pml](../bench/spin/ve.pml) is the same property, written by hand for Debian's `spin`: some vCPUs and one EPT entry, which the host maps, zaps, protects, ages, logs and
            takes away; every write of the entry is a step. Searched exhaustively, without partial-order reduction; with the bug, breadth first, so that the error is the shortest.

            """);
        SpinModel.Write(text, Path.Combine("bench", "spin", "ve.pml"), progress);
        text.WriteLine("""

            | | the model | `prove` |
            | --- | --- | --- |
            | what is true if it finds nothing | the model's host never leaves bit 63 clear: no word of the hypervisor or of the manual was executed, and a wrong line of the model is not noticed | the hypervisor that runs guests here, and the machine that has the manual's rules, do not |
            | how far | sequences of any length, of one entry | sequences of any length for the EPT's states; of `--depth` actions where vCPUs, APICs and events play with them |
            | vCPUs | 3 in seconds | 2; each of them is a whole processor |
            | events: INT n, IPIs, the bitmap, delivery, priorities | no word: each would be another model | every one |
            | levels, splits, accessed and dirty flags, stale MMIO entries, slots | as far as the model was told, in one entry | as the code has them |
            | who is to blame | the line of the model | the processor, with its rule, or the hypervisor |
            | what a state costs | two dozen bytes of compiled C | a fork of the machine, machine code, and a hash of all that counts |

            """);
    }
}
