using Vector20.Cli.Running;
using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Machine.Vmx;

namespace Vector20.Cli.Tracing;

/// <summary>The file that a run's trace goes to, and what connects the two.</summary>
internal sealed class TraceFile : IDisposable
{
    private const int BufferLength = 1 << 16;

    private readonly Stream _stream;
    private readonly ITrace _trace;
    private int _checks;

    private TraceFile(Stream stream, TraceFormat format, Session session)
    {
        Computer computer = session.Computer;
        VmxAccounts accounts = computer.VmxAccounts ?? throw new ArgumentException("a trace numbers guests as the accounts do", nameof(session));
        _stream = stream;
        _trace = format switch
        {
            TraceFormat.Text => new TextTrace(stream, computer, accounts),
            TraceFormat.Json => new JsonTrace(stream, computer),
            _ => new PerfettoTrace(stream, computer, accounts),
        };
        computer.EventObserver = _trace;
        if (session.Vm is { } vm) vm.Observer = step => Note(vm);
    }

    /// <summary>Opens a trace and connects it. Null without a path, or with a refusal where the file cannot be written.</summary>
    public static TraceFile? Open(RunRequest request, Session session, out string? refusal)
    {
        refusal = null;
        if (request.Trace is not { } path) return null;
        try
        {
            var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, BufferLength);
            return new TraceFile(stream, request.TraceFormat ?? TraceFormats.Of(path), session);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            refusal = $"--trace: {path} cannot be written; name a file that can ({e.Message})";
            return null;
        }
    }

    /// <summary>Completes the trace.</summary>
    public void Dispose()
    {
        _trace.Dispose();
        _stream.Dispose();
    }

    /// <summary>The hypervisor did something: of that the trace has what the check says.</summary>
    private void Note(VirtualMachine vm)
    {
        if (vm.Dumps.Count == _checks) return;
        _checks = vm.Dumps.Count;
        _trace.OnCheck(vm.Dumps[^1], vm.Options.VeCheck == VeCheck.Kill);
    }
}
