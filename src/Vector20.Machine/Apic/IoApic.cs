using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vector20.Machine.Events;
using Vector20.Machine.Platform;

namespace Vector20.Machine.Apic;

/// <summary>
/// An I/O APIC, version 20H: 24 inputs, each with a redirection entry, and an EOI register. Like the local APIC it takes its
/// inputs as asserted or not: the polarity bits are stored and mean nothing.
/// </summary>
[Manual("82093AA", "3.0", "Register Description")]
public sealed class IoApic : IMemoryDevice, IEoiListener, IDevice
{
    private const int Select = 0x00, Window = 0x10, Eoi = 0x40;
    private const byte IdRegister = 0, VersionRegister = 1, ArbitrationRegister = 2, FirstEntry = 0x10;
    private const uint Version = 0x20;

    private ApicFabric _fabric;
    private IoApicState _state;

    /// <summary>Makes an I/O APIC with every input masked.</summary>
    public IoApic(byte id, ApicFabric fabric)
    {
        _fabric = fabric;
        _state.Id = id;
        for (int i = 0; i < IoApicEntries.Count; i++) _state.Entries[i] = RedirectionEntry.Mask;
        fabric.Add(this);
    }

    /// <summary>Connects it to other local APICs.</summary>
    internal void Connect(ApicFabric fabric)
    {
        _fabric = fabric;
        fabric.Add(this);
    }

    /// <inheritdoc/>
    public Span<byte> StateBytes => DeviceState.Bytes(ref _state);

    /// <inheritdoc/>
    public bool HasUnmaskableSource
    {
        get
        {
            for (int i = 0; i < IoApicEntries.Count; i++)
                if (Entry(i) is { Masked: false, Mode: DeliveryMode.Nmi or DeliveryMode.Smi or DeliveryMode.Init }) return true;
            return false;
        }
    }

    /// <summary>A redirection entry.</summary>
    public RedirectionEntry Entry(int input) => new(_state.Entries[input]);

    /// <summary>Sets the level of an input. Of an edge-triggered one a rising edge while it is masked is lost.</summary>
    public void SetInput(int input, bool asserted)
    {
        bool rising = asserted && (_state.Levels >> input & 1) == 0;
        _state.Levels = asserted ? _state.Levels | 1u << input : _state.Levels & ~(1u << input);
        if (Entry(input).LevelTriggered) SendLevel(input);
        else if (rising && !Entry(input).Masked) Send(Entry(input));
    }

    /// <inheritdoc/>
    public void EndOfInterrupt(byte vector)
    {
        for (int i = 0; i < IoApicEntries.Count; i++)
        {
            RedirectionEntry entry = Entry(i);
            if (entry.Vector != vector || !entry.InService) continue;
            _state.Entries[i] &= ~RedirectionEntry.RemoteIrr;
            SendLevel(i);
        }
    }

    /// <inheritdoc/>
    public ulong ReadMemory(ulong offset, int size) => offset switch
    {
        Select => _state.Selected,
        Window => ReadRegister(_state.Selected),
        _ => 0,
    };

    /// <inheritdoc/>
    public void WriteMemory(ulong offset, int size, ulong value)
    {
        if (offset == Select) _state.Selected = (byte)value;
        else if (offset == Window) WriteRegister(_state.Selected, (uint)value);
        else if (offset == Eoi) EndOfInterrupt((byte)value);
    }

    private uint ReadRegister(byte register)
    {
        if (IsEntry(register, out int input)) return (uint)(_state.Entries[input] >> (register & 1) * 32);
        return register switch
        {
            IdRegister or ArbitrationRegister => (uint)_state.Id << 24,
            VersionRegister => (IoApicEntries.Count - 1) << 16 | Version,
            _ => 0,
        };
    }

    private void WriteRegister(byte register, uint value)
    {
        if (register == IdRegister) _state.Id = (byte)(value >> 24 & 15);
        if (!IsEntry(register, out int input)) return;
        ref ulong entry = ref _state.Entries[input];
        ulong written = (register & 1) == 0 ? entry & ~(ulong)uint.MaxValue | value : (uint)entry | (ulong)value << 32;
        entry = written & RedirectionEntry.Writable | entry & RedirectionEntry.RemoteIrr;
        // An edge-triggered interrupt is over when it is sent.
        if (!Entry(input).LevelTriggered) entry &= ~RedirectionEntry.RemoteIrr;
        SendLevel(input);
    }

    private static bool IsEntry(byte register, out int input)
    {
        input = (register - FirstEntry) >> 1;
        return input is >= 0 and < IoApicEntries.Count;
    }

    private void SendLevel(int input)
    {
        RedirectionEntry entry = Entry(input);
        if ((_state.Levels >> input & 1) == 0 || entry.Masked || !entry.LevelTriggered || entry.InService) return;
        if (Send(entry)) _state.Entries[input] |= RedirectionEntry.RemoteIrr;
    }

    private bool Send(RedirectionEntry entry) => _fabric.Send(new ApicMessage(
        entry.Mode, entry.Vector, entry.Destination, entry.Logical, entry.Destination == 0xFF, entry.LevelTriggered, EventSource.Device));
}

/// <summary>The redirection table.</summary>
[InlineArray(Count)]
internal struct IoApicEntries
{
    public const int Count = PlatformLayout.IoApicInputs;

    private ulong _first;
}

/// <summary>Everything an I/O APIC remembers.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct IoApicState
{
    public byte Id, Selected;

    /// <summary>The levels of the inputs, one bit each.</summary>
    public uint Levels;

    public IoApicEntries Entries;
}
