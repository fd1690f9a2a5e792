using System.Runtime.InteropServices;

namespace Vector20.Machine.Platform;

/// <summary>
/// A device whose whole state is one unmanaged value: a fork of the machine builds the same device again and copies the
/// bytes, a state hash covers them. What connects it to others is not state.
/// </summary>
public interface IDevice
{
    /// <summary>The state's bytes.</summary>
    Span<byte> StateBytes { get; }
}

/// <summary>Helps devices to show their state.</summary>
internal static class DeviceState
{
    public static Span<byte> Bytes<T>(ref T state) where T : unmanaged => MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref state, 1));
}
