namespace Vector20.Machine.Platform.Serial;

/// <summary>Takes what a guest sends over a serial line.</summary>
public interface IByteSink
{
    /// <summary>One byte.</summary>
    void Write(byte value);
}

/// <summary>Gives what a guest receives over a serial line. Asked at fixed times of the guest.</summary>
public interface IByteSource
{
    /// <summary>The next byte, if there is one now.</summary>
    bool TryRead(out byte value);
}
