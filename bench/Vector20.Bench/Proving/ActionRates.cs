using System.Diagnostics;
using Vector20.Hypervisor;
using Vector20.Machine.Memory;
using Vector20.Proving.Actions;
using Vector20.Proving.Exploring;
using Vector20.Proving.Properties;
using Vector20.Proving.Questions;
using Vector20.Proving.Worlds;

namespace Vector20.Bench.Proving;

/// <summary>What one core does in a second of its own time, by kind of action, when everything is compiled.</summary>
internal static class ActionRates
{
    private const int Slice = 20_000, Enough = 60_000, Rounds = 4;

    private static readonly (string What, string Alphabet, int Vcpus, bool X2Apic)[] s_kinds =
    [
        ("INT 0 to 255", Alphabets.Ints, 1, false),
        ("other exceptions", Alphabets.Exceptions, 1, false),
        ("instructions that exit", Alphabets.Exits, 1, false),
        ("IPIs by xAPIC, 2 vCPUs", Alphabets.Ipis, 2, false),
        ("IPIs by x2APIC, 2 vCPUs", Alphabets.Ipis, 2, true),
        ("self IPIs", Alphabets.SelfIpis, 1, true),
        ("local vector table", Alphabets.Lvts, 1, false),
        ("what the host sends and injects", Alphabets.HostEvents, 1, false),
        ("accesses to pages", Alphabets.Touches, 1, false),
    ];

    /// <summary>A row for each kind, a column for each way of making local APICs; the last round of some.</summary>
    public static void Write(TextWriter text, Action<string> progress)
    {
        VirtualApicMode[] apics = [VirtualApicMode.Apicv, VirtualApicMode.Emulated, VirtualApicMode.Bare];
        text.WriteLine($"| actions | {string.Join(" | ", apics.Select(Names.Of))} |");
        text.WriteLine($"| --- |{string.Concat(apics.Select(_ => " ---: |"))}");
        foreach ((string what, string alphabet, int vcpus, bool x2Apic) in s_kinds)
        {
            double[] rates = [.. apics.Select(apic => Rate(new WorldOptions { Apic = apic, Vcpus = vcpus, X2Apic = x2Apic }, alphabet, JobMode.Single).Executed)];
            progress($"{what}: {string.Join(", ", rates.Select(Report.Thousands))} thousand a second");
            text.WriteLine($"| {what} | {string.Join(" | ", rates.Select(Report.Thousands))} |");
        }
    }

    /// <summary>Actions and steps of the sequences' alphabet, each followed by a hash of all that counts; and forks alone.</summary>
    public static void WriteSteps(TextWriter text, Action<string> progress)
    {
        text.WriteLine("| vCPUs | executed and hashed, thousand a second | of them new states in this sample | worlds forked, thousand a second | bytes of a fork |");
        text.WriteLine("| ---: | ---: | ---: | ---: | ---: |");
        for (int vcpus = 1; vcpus <= 2; vcpus++)
        {
            var world = new WorldOptions { Vcpus = vcpus };
            (double executed, double share) = Rate(world, Alphabets.Classes, JobMode.Interleaved);
            (double forks, long bytes) = ForkRate(world);
            progress($"{vcpus} vCPUs: {Report.Thousands(executed)} thousand steps, {Report.Thousands(forks)} thousand forks a second");
            text.WriteLine($"| {vcpus} | {Report.Thousands(executed)} | {share:P0} | {Report.Thousands(forks)} | {bytes} |");
        }
    }

    private static (double Executed, double NewStates) Rate(WorldOptions world, string alphabet, JobMode mode)
    {
        using var runner = new JobRunner(() => new NoVe());
        var job = new Job(world, [[]], alphabet, 0, Math.Min(Alphabets.Named(alphabet, world).Count, Slice), mode);
        double best = 0, states = 0;
        for (int round = 0; round < Rounds; round++)
        {
            long executed = 0, found = 0;
            double seconds = CpuSeconds(() =>
            {
                while (executed < Enough)
                {
                    JobResult result = runner.Do(job, CancellationToken.None);
                    executed += result.Executed;
                    found += result.States.Count;
                }
            });
            best = Math.Max(best, executed / seconds);
            states = (double)found / executed;
        }

        return (best, states);
    }

    private static (double PerSecond, long Bytes) ForkRate(WorldOptions options)
    {
        const int Count = 200_000;
        using var pool = new FramePool();
        using World world = World.Make(options, pool);
        double best = 0;
        long bytes = 0;
        for (int round = 0; round < Rounds; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            double seconds = CpuSeconds(() =>
            {
                for (int i = 0; i < Count; i++) world.Fork().Dispose();
            });
            best = Math.Max(best, Count / seconds);
            bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / Count;
        }

        return (best, bytes);
    }

    /// <summary>Of the whole process: the collector and the compiler are part of the price, other programs are not.</summary>
    private static double CpuSeconds(Action work)
    {
        using Process self = Process.GetCurrentProcess();
        TimeSpan before = self.TotalProcessorTime;
        work();
        self.Refresh();
        return (self.TotalProcessorTime - before).TotalSeconds;
    }
}
