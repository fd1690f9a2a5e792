using Vector20.Cli.Output;
using Vector20.Hypervisor.Check;
using Vector20.Machine;
using Vector20.Machine.Events;

namespace Vector20.Cli.Tracing;

/// <summary>Every step of every event of a run, a JSON document a line.</summary>
internal sealed class JsonTrace(Stream stream, Computer computer) : ITrace
{
    private readonly StreamWriter _writer = new(stream, leaveOpen: true);

    /// <inheritdoc/>
    public void OnStep(in EventStep step) => _writer.WriteLine(Json.Line(new
    {
        step.Time,
        step.Processor,
        step.Kind,
        step.Event.Type,
        step.Event.Vector,
        ErrorCode = step.Event.HasErrorCode ? step.Event.ErrorCode : (uint?)null,
        step.Event.Source,
        Value = $"0x{step.Value:x}",
        step.Why,
        Manual = step.Manual.ToString(),
    }));

    /// <inheritdoc/>
    public void OnCheck(VeDump dump, bool kills) => _writer.WriteLine(Json.Line(new
    {
        Time = computer.Now,
        Processor = dump.Vcpu,
        Kind = "ve-check",
        Value = $"0x{dump.GuestPhysical:x}",
        Why = CheckText.Of(dump, kills),
    }));

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();
}
