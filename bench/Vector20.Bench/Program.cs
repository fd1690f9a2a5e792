using BenchmarkDotNet.Running;
using Vector20.Bench;

switch (args)
{
    case ["compare", .. var rest]:
        string table = Comparison.Run(rounds: 3, line => Console.Error.WriteLine(line));
        if (rest is [var file]) File.WriteAllText(file, Report.Around(table));
        else Console.Write(table);
        return 0;
    case ["forks"]:
        BenchmarkRunner.Run<Forks>();
        return 0;
    default:
        Console.Error.WriteLine("bench: 'compare [FILE.md]' runs every loop on every emulator there is; 'forks' measures forks with BenchmarkDotNet");
        return 2;
}
