using Vector20.Machine.Scheduling;

namespace Vector20.Cli.Running;

/// <summary>The JSON document of a run.</summary>
internal sealed record RunDocument(
    string Image, string Hypervisor, RunEnd End, string Ending, int? ExitStatus, ulong Instructions, ulong Ticks, string Serial, IReadOnlyList<string>? Screen, GuestSummary? Guest, VmxSummary? Vmx, int ExitCode)
{
    public static RunDocument Of(RunSummary summary, Session session) => new(
        summary.Image,
        summary.Guest is null ? "none" : "builtin",
        summary.Result.End,
        summary.Ending,
        summary.Result.End == RunEnd.ExitPort ? summary.Result.Code : null,
        summary.Instructions,
        summary.Result.Time,
        session.SerialText.ToString(),
        session.Request.Screen ? session.ScreenLines : null,
        summary.Guest,
        summary.Vmx,
        summary.ExitCode);
}
