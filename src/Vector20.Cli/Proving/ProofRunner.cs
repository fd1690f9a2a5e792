using System.Runtime.InteropServices;
using Vector20.Cli.Output;
using Vector20.Cli.Terminal;
using Vector20.Proving.Exploring;
using Vector20.Proving.Properties;
using Vector20.Proving.Replaying;
using Vector20.Proving.Reports;

namespace Vector20.Cli.Proving;

/// <summary>Proves, and says what came of it.</summary>
internal static class ProofRunner
{
    public static int Run(ProofOrder order, Streams streams)
    {
        if (order.Property == "help") return List(streams);
        if (Problem(order) is { } problem) return streams.Refuse(problem);
        if (PropertySource.TryGet(order.Property, out Func<Property>? property) is { } refusal) return streams.Refuse(refusal);
        if (property!().Kind == PropertyKind.Sometimes) return streams.Refuse($"{order.Property}: a property of kind Sometimes is a guard of another; make it Always or Never");
        Checkpoint? checkpoint = null;
        if ((order.Resume ?? order.Checkpoint) is { } file && Checkpoint.Open(file, order.What, order.Resume is not null, out checkpoint) is { } wrong) return streams.Refuse(wrong);
        using (checkpoint)
        {
            try
            {
                return Prove(order, property, checkpoint, streams);
            }
            catch (AggregateException e) when (PropertySource.IsFile(order.Property))
            {
                Exception first = e.Flatten().InnerExceptions[0];
                return streams.Refuse($"{order.Property}: the property throws {first.GetType().Name}: {first.Message.ReplaceLineEndings(" ").TrimEnd('.')}; mend it");
            }
        }
    }

    /// <summary>What the process answers.</summary>
    public static int ExitCodeOf(Proof proof) => proof.Verdict switch
    {
        ProofVerdict.Proved => ExitCode.Good,
        ProofVerdict.Refuted => ExitCode.Fails,
        _ => ExitCode.Undecided,
    };

    private static int Prove(ProofOrder order, Func<Property> property, Checkpoint? checkpoint, Streams streams)
    {
        using var stop = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = Signals.Stop(PosixSignal.SIGINT, stop), terminate = Signals.Stop(PosixSignal.SIGTERM, stop);
        ProofRequest request = order.Request(property);
        Proof proof;
        using (var prover = new Prover(request, checkpoint, stop.Token))
        using (ProgressLine.Watch(prover.Progress, order.Json, streams)) proof = prover.Run();
        if (order.Report is { } page) File.WriteAllText(page, ProofPage.Of(proof, request));
        if (order.Replay is { } file && proof.Counterexample is { } found) ReplayFile.Write(file, order.Property, found, order.Size);
        if (order.Json) streams.Output.WriteLine(Json.Document(ProofDocument.Of(proof, request)));
        else ProofText.Write(proof, request, order, streams.Output);
        return ExitCodeOf(proof);
    }

    private static string? Problem(ProofOrder order)
    {
        if (order is { Checkpoint: not null, Resume: not null }) return "--checkpoint: --resume is given as well, and goes on in its own file; give one of them";
        foreach ((string option, string? file) in ((string, string?)[])[("--report", order.Report), ("--replay", order.Replay)])
            if (file is not null && Writing.Problem(file) is { } why) return $"{option} {file}: {why}; name a file that can be written";
        return null;
    }

    private static int List(Streams streams)
    {
        Property[] all = [.. PropertyTable.All.Select(make => make())];
        int width = all.Max(p => p.Name.Length);
        foreach (Property p in all) streams.Output.WriteLine($"{p.Name.PadRight(width)}  {p.Kind.ToString().ToLowerInvariant()}: {(p.Kind == PropertyKind.Never ? "it never happens that not: " : "")}{p.Claim}");
        return ExitCode.Good;
    }
}
