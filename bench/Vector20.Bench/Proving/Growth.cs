using System.Diagnostics;
using System.Runtime.CompilerServices;
using Vector20.Hypervisor;
using Vector20.Proving.Exploring;
using Vector20.Proving.Properties;
using Vector20.Proving.Worlds;

namespace Vector20.Bench.Proving;

/// <summary>How the search grows with depth and vCPUs, how it divides among workers, and what a state costs.</summary>
internal static class Growth
{
    private static readonly (int Vcpus, int Depth)[] s_sizes = [(1, 1), (1, 2), (2, 1), (2, 2)];

    /// <summary>Sequences in one world: the APIC of the processor's help.</summary>
    public static void WriteSizes(TextWriter text, Action<string> progress)
    {
        text.WriteLine("| vCPUs | depth | executed | states | seconds | executed, thousand a second | kept for a state, bytes |");
        text.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach ((int vcpus, int depth) in s_sizes)
        {
            var watch = Stopwatch.StartNew();
            (long executed, long states, long bytes) = Explore(new WorldOptions { Vcpus = vcpus }, depth, JobMode.Interleaved);
            double seconds = watch.Elapsed.TotalSeconds;
            progress($"{vcpus} vCPUs, depth {depth}: {executed} executed, {states} states, {seconds:F1} s");
            text.WriteLine($"| {vcpus} | {depth} | {executed:N0} | {states:N0} | {seconds:F1} | {Report.Thousands(executed / seconds)} | {bytes} |");
        }
    }

    /// <summary>Sequences of any length of host operations and accesses, one action a level, until there is nothing new.</summary>
    public static void WriteFixpoint(TextWriter text, Action<string> progress)
    {
        text.WriteLine("| depth | executed | states | of them new | seconds |");
        text.WriteLine("| ---: | ---: | ---: | ---: | ---: |");
        var watch = Stopwatch.StartNew();
        long last = 1;
        Explore(new WorldOptions { Apic = VirtualApicMode.Bare }, 0, JobMode.Whole, (depth, executed, states) =>
        {
            text.WriteLine($"| {depth} | {executed:N0} | {states:N0} | {states - last:N0} | {watch.Elapsed.TotalSeconds:F1} |");
            last = states;
        });
        progress($"fixpoint: {last} states");
    }

    /// <summary>The whole default proof's single actions, by one worker and by two.</summary>
    public static void WriteWorkers(TextWriter text, Action<string> progress)
    {
        text.WriteLine("| workers | seconds | executed, thousand a second | to one worker |");
        text.WriteLine("| ---: | ---: | ---: | ---: |");
        Singles(Environment.ProcessorCount);
        double first = 0;
        for (int workers = 1; workers <= Math.Max(2, Environment.ProcessorCount); workers *= 2)
        {
            Proof proof = Singles(workers);
            double rate = proof.Executed / proof.Seconds;
            if (workers == 1) first = rate;
            progress($"{workers} workers: {proof.Seconds:F1} s");
            text.WriteLine($"| {workers} | {proof.Seconds:F1} | {Report.Thousands(rate)} | {rate / first:F2} |");
        }
    }

    private static Proof Singles(int workers)
    {
        using var prover = new Prover(new ProofRequest { Property = () => new NoVe(), Workers = workers, Parts = [PartKind.Singles] });
        return prover.Run();
    }

    /// <summary>What is kept: the hash of a state, and the path to it while it waits to be explored.</summary>
    private static (long Executed, long States, long Bytes) Explore(WorldOptions world, int depth, JobMode mode, Action<int, long, long>? level = null)
    {
        var request = new ProofRequest { Property = () => new NoVe(), Depth = depth };
        using var workforce = new Workforce(request.Property, Environment.ProcessorCount, null, new Progress());
        long before = GC.GetTotalMemory(forceFullCollection: true), executed = 0;
        var exploration = new Exploration(request, world, mode);
        while (exploration.NextJobs() is { Count: > 0 } jobs)
        {
            executed += OneLevel(workforce, exploration, jobs);
            level?.Invoke(exploration.Depth, executed, exploration.States);
        }

        long bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        long states = exploration.States;
        GC.KeepAlive(exploration);
        return (executed, states, bytes / states);
    }

    /// <summary>Apart, so that its results are garbage when memory is counted.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long OneLevel(Workforce workforce, Exploration exploration, List<Job> jobs)
    {
        JobResult?[] results = workforce.Do(jobs, CancellationToken.None);
        for (int i = 0; i < results.Length; i++) exploration.Take(jobs[i], results[i]!);
        return results.Sum(result => result!.Executed);
    }
}
