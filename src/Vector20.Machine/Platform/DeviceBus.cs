namespace Vector20.Machine.Platform;

/// <summary>A device reached through I/O ports.</summary>
public interface IPortDevice
{
    /// <summary>Reads 1, 2 or 4 bytes at a port.</summary>
    uint ReadPort(ushort port, int size);

    /// <summary>Writes 1, 2 or 4 bytes at a port.</summary>
    void WritePort(ushort port, int size, uint value);
}

/// <summary>A device whose ports are one byte wide: a wider access reaches as many ports, one after another.</summary>
public interface IBytePortDevice
{
    /// <summary>Reads a port.</summary>
    byte ReadPort(ushort port);

    /// <summary>Writes a port.</summary>
    void WritePort(ushort port, byte value);
}

/// <summary>A device reached through physical memory.</summary>
public interface IMemoryDevice
{
    /// <summary>Reads 1 to 8 bytes at an offset from the device's base.</summary>
    ulong ReadMemory(ulong offset, int size);

    /// <summary>Writes 1 to 8 bytes at an offset from the device's base.</summary>
    void WriteMemory(ulong offset, int size, ulong value);
}

/// <summary>Which device answers at which port and which physical address. Where none does, reads are all ones and writes are dropped.</summary>
public sealed class DeviceBus
{
    private readonly Dictionary<ushort, IPortDevice> _ports = [];
    private readonly Dictionary<ushort, IBytePortDevice> _bytePorts = [];
    private readonly List<(ulong First, ulong Last, IMemoryDevice Device)> _memory = [];

    /// <summary>Puts a device at a range of ports.</summary>
    public void AddPorts(ushort first, int count, IPortDevice device)
    {
        for (int i = 0; i < count; i++) _ports[(ushort)(first + i)] = device;
    }

    /// <summary>Puts a device of byte-wide ports at a range of ports.</summary>
    public void AddPorts(ushort first, int count, IBytePortDevice device)
    {
        for (int i = 0; i < count; i++) _bytePorts[(ushort)(first + i)] = device;
    }

    /// <summary>Puts a device at a range of physical addresses.</summary>
    public void AddMemory(ulong first, ulong length, IMemoryDevice device) => _memory.Add((first, first + length - 1, device));

    /// <summary>Reads a port.</summary>
    public uint ReadPort(ushort port, int size)
    {
        if (_ports.TryGetValue(port, out IPortDevice? device)) return device.ReadPort(port, size);
        uint value = 0;
        for (int i = 0; i < size; i++)
        {
            var at = (ushort)(port + i);
            value |= (uint)(_bytePorts.TryGetValue(at, out IBytePortDevice? narrow) ? narrow.ReadPort(at) : 0xFF) << 8 * i;
        }

        return value;
    }

    /// <summary>Writes a port.</summary>
    public void WritePort(ushort port, int size, uint value)
    {
        if (_ports.TryGetValue(port, out IPortDevice? device))
        {
            device.WritePort(port, size, value);
            return;
        }

        for (int i = 0; i < size; i++)
        {
            var at = (ushort)(port + i);
            if (_bytePorts.TryGetValue(at, out IBytePortDevice? narrow)) narrow.WritePort(at, (byte)(value >> 8 * i));
        }
    }

    internal ulong ReadMemory(ulong address, int size)
    {
        foreach ((ulong first, ulong last, IMemoryDevice device) in _memory)
            if (address >= first && address <= last) return device.ReadMemory(address - first, size);
        return ulong.MaxValue >> (64 - 8 * size);
    }

    internal void WriteMemory(ulong address, int size, ulong value)
    {
        foreach ((ulong first, ulong last, IMemoryDevice device) in _memory)
        {
            if (address < first || address > last) continue;
            device.WriteMemory(address - first, size, value);
            return;
        }
    }
}
