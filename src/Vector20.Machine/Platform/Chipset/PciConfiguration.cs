using System.Buffers.Binary;
using Vector20.Machine.Scheduling;

namespace Vector20.Machine.Platform.Chipset;

/// <summary>PCI configuration mechanism 1 at CF8H and CFCH, with a host bridge and nothing else, and the reset control register at CF9H.</summary>
[Manual("PCI", "3.2.2.3.2", "Software Generation of Configuration Transactions")]
public sealed class PciConfiguration : IPortDevice, IDevice
{
    private const ushort Address = 0xCF8, ResetControl = 0xCF9, Data = 0xCFC;
    private const uint Enable = 1u << 31;
    private const byte ResetProcessor = 4;

    private static readonly byte[] s_hostBridge = MakeHostBridge();

    private readonly Scheduler _scheduler;
    private uint _address;

    internal PciConfiguration(DeviceBus bus, Scheduler scheduler)
    {
        _scheduler = scheduler;
        bus.AddPorts(Address, 8, this);
    }

    /// <inheritdoc/>
    public Span<byte> StateBytes => DeviceState.Bytes(ref _address);

    /// <inheritdoc/>
    public uint ReadPort(ushort port, int size)
    {
        if (port == Address && size == 4) return _address;
        uint ones = uint.MaxValue >> (32 - 8 * size);
        // Bus, device and function 0 is the host bridge.
        if (port < Data || (_address & Enable) == 0 || (_address & 0x00FF_FF00) != 0) return port < Data ? 0 : ones;
        int offset = (int)(_address & 0xFC) + (port & 3);
        return BinaryPrimitives.ReadUInt32LittleEndian(s_hostBridge.AsSpan(offset)) & ones;
    }

    /// <inheritdoc/>
    public void WritePort(ushort port, int size, uint value)
    {
        if (port == Address && size == 4) _address = value & ~0x7F00_0003u;
        else if (port == ResetControl && size == 1 && (value & ResetProcessor) != 0) _scheduler.EndRun(RunEnd.Reset);
    }

    private static byte[] MakeHostBridge()
    {
        const uint intel440Fx = 0x1237_8086, hostBridgeClass = 0x0600_0002, memorySpace = 2;
        var space = new byte[256 + 4];
        BinaryPrimitives.WriteUInt32LittleEndian(space, intel440Fx);
        BinaryPrimitives.WriteUInt32LittleEndian(space.AsSpan(4), memorySpace);
        BinaryPrimitives.WriteUInt32LittleEndian(space.AsSpan(8), hostBridgeClass);
        return space;
    }
}
