using Vector20.Bench;
foreach (var e in new IEmulator[] { new Own() })
    foreach (Workload w in Workloads.All.Where(w => args.Length == 0 || w.Name.StartsWith(args[0])))
    {
        double? zero = e.Run(BootImage.Make(w.Emit, 1)), full = e.Run(BootImage.Make(w.Emit, w.Count/ (e.Name=="Bochs"?10ul:1ul)));
        Console.WriteLine($"{e.Name} {w.Name} {zero} {full} {w.Count * (ulong)w.PerIteration / (full - zero) / 1e6 / (e.Name=="Bochs"?10:1)} M/s");
    }
