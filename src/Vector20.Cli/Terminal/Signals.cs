using System.Runtime.InteropServices;

namespace Vector20.Cli.Terminal;

/// <summary>Signals that ask to stop.</summary>
internal static class Signals
{
    /// <summary>Has a signal cancel, rather than end the process.</summary>
    public static PosixSignalRegistration Stop(PosixSignal signal, CancellationTokenSource stop) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
}
