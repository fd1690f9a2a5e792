using System.Globalization;
using System.Runtime.InteropServices;

namespace Vector20.Bench;

/// <summary>What stands around the tables in docs/benchmarks.md.</summary>
internal static class Report
{
    public static string Around(string table) => string.Create(CultureInfo.InvariantCulture, $"""
        # Speed, side by side

        Made by `dotnet run -c Release --project bench/Vector20.Bench compare docs/benchmarks.md`, in one session on a machine with {Environment.ProcessorCount}
        processors, {RuntimeInformation.FrameworkDescription}. Every emulator boots the same image (bench/Vector20.Bench/Workloads.cs), one processor, 64-bit code; start-up
        is taken off; the best of three rounds, the emulators taking turns. Machines are noisy: read the ratios. Bochs and QEMU are Debian's; 'QEMU TCG -icount' has a deterministic clock, as
        Vector20 always has. Rates are of the whole loop around what is counted.

        {table}
        """);
}
