using System.Globalization;
using BenchmarkDotNet.Running;
using Vector20.Bench;
using Vector20.Bench.Linux;

switch (args)
{
    case ["compare", .. var rest]:
        string table = Comparison.Run(rounds: 3, Console.Error.WriteLine);
        return Emit(rest is [] ? table : Report.Around(table), rest);
    case ["prove", .. var rest]:
        var page = new StringWriter(CultureInfo.InvariantCulture);
        Vector20.Bench.Proving.Report.Write(page, Console.Error.WriteLine);
        return Emit(page.ToString(), rest);
    case ["linux", .. var rest]:
        string[] folders = [.. rest.Where(Directory.Exists)];
        if (folders is [var kernels, .. var debian]) return Emit(LinuxComparison.Run(rounds: 1, LinuxBoot.All(kernels, debian), Console.Error.WriteLine), [.. rest.Except(folders)]);
        goto default;
    case ["tiers", .. var names]:
        Comparison.Tiers(names, Console.WriteLine);
        return 0;
    case ["forks"]:
        BenchmarkRunner.Run<Forks>();
        return 0;
    default:
        Console.Error.WriteLine("bench: 'compare [FILE.md]' runs every loop on every emulator there is; 'prove [FILE.md]' measures the prover, beside Debian's spin; 'linux KERNELS DEBIAN... [FILE.md]' boots Linux from the folders that tools/build-kernels and tools/get-debian-kernel print; 'tiers [LOOP...]' runs loops on Vector20 alone, with and without translation; 'forks' measures forks with BenchmarkDotNet");
        return 2;
}

static int Emit(string text, string[] file)
{
    if (file is [var name]) File.WriteAllText(name, text);
    else Console.Write(text);
    return 0;
}
