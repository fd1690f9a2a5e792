using System.Diagnostics;
using BenchmarkDotNet.Attributes;
using Vector20.Machine;
using Vector20.Machine.Images.Guests;

namespace Vector20.Bench;

/// <summary>Forks a second: what the prover does before every action.</summary>
public class Forks : IDisposable
{
    private readonly Guest _guest = Make();

    /// <summary>One fork, run for one instruction, thrown away.</summary>
    [Benchmark]
    public ulong ForkAndStep() => Step(_guest);

    /// <inheritdoc/>
    public void Dispose()
    {
        _guest.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Measured in passing, for the table.</summary>
    internal static double PerSecond()
    {
        using Guest guest = Make();
        const int Warm = 20_000, Count = 200_000;
        for (int i = 0; i < Warm; i++) Step(guest);
        var watch = Stopwatch.StartNew();
        for (int i = 0; i < Count; i++) Step(guest);
        return Count / watch.Elapsed.TotalSeconds;
    }

    private static ulong Step(Guest guest)
    {
        using Computer fork = guest.Computer.Fork();
        fork.Run(1);
        return fork.Now;
    }

    private static Guest Make()
    {
        Guest guest = new GuestBuilder().Code(a =>
        {
            Iced.Intel.Label top = a.CreateLabel();
            a.Label(ref top);
            a.nop();
            a.jmp(top);
        }).Load();
        guest.Run(10);
        return guest;
    }
}
