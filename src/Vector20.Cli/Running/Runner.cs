using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Vector20.Cli.Output;
using Vector20.Cli.Terminal;
using Vector20.Cli.Tracing;
using Vector20.Machine.Images;
using Vector20.Machine.Scheduling;

namespace Vector20.Cli.Running;

/// <summary>Runs an image to its end, its limit, or until the user stops it, and says how it went.</summary>
internal static class Runner
{
    /// <summary>Ticks between two looks at the keyboard and the screen: a few milliseconds.</summary>
    private const ulong Slice = 1_000_000;

    public static int Run(RunRequest request, Streams streams)
    {
        if (!ImageLoader.Plan(request.Image, request.Boot).TryGet(out BootPlan? plan, out ImageError error)) return streams.Refuse(error.ToString());
        using var stop = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = Signals.Stop(PosixSignal.SIGINT, stop), terminate = Signals.Stop(PosixSignal.SIGTERM, stop);
        using var session = new Session(request, plan);
        using TraceFile? trace = TraceFile.Open(request, session, out string? refusal);
        if (refusal is not null) return streams.Refuse(refusal);
        var watch = Stopwatch.StartNew();
        RunResult result = request.Json ? RunSilently(session, request, streams, stop) : RunOnTerminal(session, request, streams, stop);
        RunSummary summary = session.Summarize(result, watch.Elapsed.TotalSeconds);
        if (request.Json) streams.Output.WriteLine(Json.Document(RunDocument.Of(summary, session)));
        else RunReport.Write(summary, streams.Error, request.Color);
        return summary.ExitCode;
    }

    private static RunResult RunOnTerminal(Session session, RunRequest request, Streams streams, CancellationTokenSource stop)
    {
        using var raw = new RawTerminal(streams.InputIsTerminal);
        Keyboard keyboard = Listen(streams, stop);
        bool live = request.Screen && streams.IsTerminal;
        var screen = new ScreenView(session, streams.Output);
        bool midLine = false;
        RunResult result = RunSlices(session, request.Limit, keyboard, Show, stop.Token);
        if (request.Screen && !live) screen.Print();
        if (midLine && streams.IsTerminal) streams.Output.WriteLine();
        return result;

        void Show()
        {
            byte[] written = session.TakeSerialOutput();
            if (live) screen.DrawIfChanged();
            else streams.Guest.Write(written);
            if (!live && written is [.., var last]) midLine = last != '\n';
            streams.Guest.Flush();
        }
    }

    private static RunResult RunSilently(Session session, RunRequest request, Streams streams, CancellationTokenSource stop) =>
        RunSlices(session, request.Limit, Listen(streams, stop), () => session.SerialText.Append(Encoding.Latin1.GetString(session.TakeSerialOutput())), stop.Token);

    /// <summary>A keyboard that is the process's input; Ctrl-A X stops the run.</summary>
    public static Keyboard Listen(Streams streams, CancellationTokenSource stop)
    {
        var keyboard = new Keyboard(stop.Cancel, streams.InputIsTerminal);
        if (streams.Input is { } input) keyboard.Listen(input);
        return keyboard;
    }

    /// <summary>Runs to the end or the limit, and does something after every few milliseconds.</summary>
    public static RunResult RunSlices(Session session, ulong limit, Keyboard keyboard, Action afterSlice, CancellationToken stop)
    {
        ulong left = limit;
        while (true)
        {
            ulong before = session.Computer.Now;
            RunResult result = session.Run(Math.Min(Slice, left), keyboard, stop);
            afterSlice();
            left -= Math.Min(left, result.Time - before);
            if (result.End != RunEnd.Limit || left == 0) return result;
        }
    }
}
