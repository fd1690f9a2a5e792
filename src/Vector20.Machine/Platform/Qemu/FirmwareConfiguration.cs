using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Vector20.Machine.Platform.Qemu;

/// <summary>
/// QEMU's fw_cfg: a 16-bit selector at 510H, and at 511H the bytes of what it selects, one after another. It has no DMA interface, and its
/// features say so. Nothing can be written to it.
/// </summary>
[Manual("fw_cfg", "Guest-side Hardware Interface", "QEMU Firmware Configuration (fw_cfg) Device")]
public sealed class FirmwareConfiguration : IPortDevice, IDevice
{
    private const ushort Selector = 0x510, Data = 0x511;
    private const int DirectoryHeader = 4, DirectoryEntry = 64, NameOffset = 8;

    /// <summary>Bit 14 of a key asks for writing, which there is not.</summary>
    private const ushort WriteBit = 1 << 14;

    private readonly Dictionary<ushort, ReadOnlyMemory<byte>> _items = [];
    private FirmwareConfigurationState _state;

    internal FirmwareConfiguration(DeviceBus bus, IReadOnlyList<FirmwareItem> items)
    {
        foreach (FirmwareItem item in items)
            if (item.Name.Length == 0) _items[item.Key] = item.Bytes;
        _items[(ushort)FirmwareKey.Signature] = "QEMU"u8.ToArray();
        _items[(ushort)FirmwareKey.Features] = new byte[] { 1, 0, 0, 0 };
        AddFiles([.. items.Where(item => item.Name.Length > 0).OrderBy(item => item.Name, StringComparer.Ordinal)]);
        bus.AddPorts(Selector, 2, this);
    }

    /// <inheritdoc/>
    public Span<byte> StateBytes => DeviceState.Bytes(ref _state);

    /// <summary>The selector cannot be read. Behind the end of an item there are zeros.</summary>
    public uint ReadPort(ushort port, int size)
    {
        if (port != Data) return 0;
        uint value = 0;
        for (int i = 0; i < size; i++) value |= (uint)NextByte() << 8 * i;
        return value;
    }

    /// <inheritdoc/>
    public void WritePort(ushort port, int size, uint value)
    {
        if (port == Selector && size == 2) _state = new FirmwareConfigurationState { Key = (ushort)(value & ~(uint)WriteBit) };
    }

    private byte NextByte()
    {
        if (!_items.TryGetValue(_state.Key, out ReadOnlyMemory<byte> item) || _state.Offset >= item.Length) return 0;
        return item.Span[_state.Offset++];
    }

    /// <summary>The files by name, and the directory of them, whose numbers are big-endian.</summary>
    private void AddFiles(FirmwareItem[] files)
    {
        var directory = new byte[DirectoryHeader + DirectoryEntry * files.Length];
        BinaryPrimitives.WriteInt32BigEndian(directory, files.Length);
        for (int i = 0; i < files.Length; i++)
        {
            var key = (ushort)((int)FirmwareKey.FirstFile + i);
            Span<byte> entry = directory.AsSpan(DirectoryHeader + DirectoryEntry * i, DirectoryEntry);
            BinaryPrimitives.WriteInt32BigEndian(entry, files[i].Bytes.Length);
            BinaryPrimitives.WriteUInt16BigEndian(entry[4..], key);
            Encoding.Latin1.GetBytes(files[i].Name, entry[NameOffset..^1]);
            _items[key] = files[i].Bytes;
        }

        _items[(ushort)FirmwareKey.Directory] = directory;
    }
}

/// <summary>Everything the device remembers: what it tells is not state.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct FirmwareConfigurationState
{
    public ushort Key;
    public int Offset;
}
