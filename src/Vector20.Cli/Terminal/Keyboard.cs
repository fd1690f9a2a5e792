using System.Collections.Concurrent;
using Vector20.Machine.Platform.Serial;

namespace Vector20.Cli.Terminal;

/// <summary>What is typed, on its way to the guest's serial line. Ctrl-A X leaves; Ctrl-A Ctrl-A is one Ctrl-A.</summary>
/// <param name="leave">What Ctrl-A X does.</param>
/// <param name="interactive">Whether a person may type at any time; otherwise only what has been read counts.</param>
internal sealed class Keyboard(Action leave, bool interactive) : IByteSource
{
    private const byte ControlA = 1;
    private readonly ConcurrentQueue<byte> _typed = new();
    private bool _escaped;

    /// <summary>Whether something is typed, or may be.</summary>
    public bool MayType => interactive || !_typed.IsEmpty;

    /// <summary>Reads a stream to its end on a thread of its own.</summary>
    public void Listen(Stream input)
    {
        var thread = new Thread(() => ReadAll(input)) { IsBackground = true, Name = "keyboard" };
        thread.Start();
    }

    /// <inheritdoc/>
    public bool TryRead(out byte value) => _typed.TryDequeue(out value);

    /// <summary>One byte was typed.</summary>
    internal void Type(byte value)
    {
        bool escaped = _escaped;
        _escaped = !escaped && value == ControlA;
        if (_escaped) return;
        if (escaped && value is (byte)'x' or (byte)'X') leave();
        else if (!escaped || value == ControlA) _typed.Enqueue(value);
    }

    private void ReadAll(Stream input)
    {
        var buffer = new byte[256];
        for (int count; (count = input.Read(buffer)) > 0;)
            foreach (byte value in buffer.AsSpan(0, count)) Type(value);
    }
}
