using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vector20.Machine.Platform.Interrupts;

namespace Vector20.Machine.Platform.Qemu;

/// <summary>
/// QEMU's pc-testdev, for images that test a machine: four bytes that are read back at E0H and again at E8H, interrupt lines 0-23 at 2000H,
/// 64 KiB of memory at FF000000H that is a device's, and at E4H a page to flush, which no guest can tell from nothing.
/// </summary>
public sealed class TestDevice : IPortDevice, IMemoryDevice, IDevice
{
    /// <summary>Bytes of its memory.</summary>
    public const int MemoryLength = 0x1_0000;

    private const ushort Register = 0xE0, Flush = 0xE4, SameRegister = 0xE8, Lines = 0x2000;
    private const int RegisterLength = 4;

    private readonly InterruptLines _lines;
    private TestDeviceState _state;

    internal TestDevice(DeviceBus bus, InterruptLines lines)
    {
        _lines = lines;
        bus.AddPorts(Register, RegisterLength, this);
        bus.AddPorts(Flush, RegisterLength, this);
        bus.AddPorts(SameRegister, RegisterLength, this);
        bus.AddPorts(Lines, PlatformLayout.IoApicInputs, this);
        bus.AddMemory(PlatformLayout.TestMemory, MemoryLength, this);
    }

    /// <inheritdoc/>
    public Span<byte> StateBytes => DeviceState.Bytes(ref _state);

    private Span<byte> Memory => _state.Memory;

    /// <inheritdoc/>
    public uint ReadPort(ushort port, int size)
    {
        uint ones = uint.MaxValue >> (32 - 8 * size);
        return IsRegister(port) ? _state.Register >> 8 * (port & 3) & ones : ones;
    }

    /// <inheritdoc/>
    public void WritePort(ushort port, int size, uint value)
    {
        int shift = 8 * (port & 3);
        uint mask = uint.MaxValue >> (32 - 8 * size) << shift;
        if (IsRegister(port)) _state.Register = _state.Register & ~mask | value << shift & mask;
        else if (port >= Lines && size == 1) _lines.SetInput(port - Lines, value != 0);
    }

    /// <inheritdoc/>
    public ulong ReadMemory(ulong offset, int size)
    {
        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        Within(offset, size).CopyTo(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <inheritdoc/>
    public void WriteMemory(ulong offset, int size, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Span<byte> target = Within(offset, size);
        bytes[..target.Length].CopyTo(target);
    }

    private static bool IsRegister(ushort port) => (ushort)(port - Register) < RegisterLength || (ushort)(port - SameRegister) < RegisterLength;

    /// <summary>What of an access lies in the memory.</summary>
    private Span<byte> Within(ulong offset, int size) => Memory.Slice((int)offset, Math.Min(size, MemoryLength - (int)offset));
}

/// <summary>The memory.</summary>
[InlineArray(TestDevice.MemoryLength)]
internal struct TestMemory
{
    private byte _first;
}

/// <summary>Everything the device remembers.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct TestDeviceState
{
    public uint Register;
    public TestMemory Memory;
}
