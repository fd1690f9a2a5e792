using System.Runtime.InteropServices;
using Vector20.Cli.Output;
using Vector20.Cli.Running;
using Vector20.Cli.Terminal;
using Vector20.Machine.Images;
using Vector20.Machine.Scheduling;

namespace Vector20.Cli.Qemu;

/// <summary>Runs an image as QEMU would: what the guest writes to its serial line is the output, and nothing is said of a run that ends well.</summary>
internal static class QemuRunner
{
    /// <summary>Runs, and again from power-up where a reset does not end it.</summary>
    public static int Run(RunRequest request, QemuSettings settings, Streams streams)
    {
        if (!ImageLoader.Plan(request.Image, request.Boot).TryGet(out BootPlan? plan, out ImageError error)) return QemuCommand.Refuse(streams, error.ToString());
        if (!OpenSerial(settings, streams).TryGet(out Stream? serial, out error)) return QemuCommand.Refuse(streams, error.ToString());
        bool terminal = QemuSerial.IsTerminal(settings);
        using var stop = new CancellationTokenSource();
        int signal = 0;
        using PosixSignalRegistration interrupt = Stop(PosixSignal.SIGINT, 2), terminate = Stop(PosixSignal.SIGTERM, 15);
        using var raw = new RawTerminal(terminal && streams.InputIsTerminal);
        Keyboard keyboard = terminal ? Runner.Listen(streams, stop) : new Keyboard(stop.Cancel, interactive: false);
        while (true)
        {
            using var session = new Session(request, plan);
            RunResult result = Runner.RunSlices(session, request.Limit, keyboard, () => Show(session, serial), stop.Token);
            if (signal != 0) QemuCommand.Say(streams, $"terminating on signal {signal}");
            if (QemuEndings.IsReset(result, session.Vm) && !settings.NoReboot) continue;
            if (serial != streams.Guest) serial.Dispose();
            return QemuEndings.Report(result, session.Vm, streams);
        }

        PosixSignalRegistration Stop(PosixSignal posix, int number) => PosixSignalRegistration.Create(posix, context =>
        {
            context.Cancel = true;
            signal = number;
            stop.Cancel();
        });
    }

    private static void Show(Session session, Stream serial)
    {
        serial.Write(session.TakeSerialOutput());
        serial.Flush();
    }

    private static Parsed<Stream> OpenSerial(QemuSettings settings, Streams streams)
    {
        if (QemuSerial.IsTerminal(settings)) return streams.Guest;
        if (QemuSerial.FileOf(settings) is not { } path) return Stream.Null;
        try
        {
            return File.Create(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new ImageError("-serial", $"{path} cannot be written", $"name a file that can ({e.Message})");
        }
    }
}
