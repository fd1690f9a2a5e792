using System.Buffers.Binary;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Memory;

/// <summary>Accesses by physical address, after translation: RAM, the local APIC's page, devices.</summary>
internal static class PhysicalAccess
{
    /// <summary>Reads within one page. Memory that is nobody's reads as all ones.</summary>
    public static void Read(Processor p, PhysicalAddress address, Span<byte> destination)
    {
        if (p.Computer.Memory.Contains(address.Value) && !p.Apic.Decodes(address.Value))
        {
            p.Computer.Memory.Read(address, destination);
            return;
        }

        Span<byte> wide = stackalloc byte[8];
        for (int done = 0; done < destination.Length;)
        {
            int length = Math.Min(8, destination.Length - done);
            ulong at = address.Value + (uint)done;
            ulong value = ReadDevice(p, at, length);
            BinaryPrimitives.WriteUInt64LittleEndian(wide, value);
            wide[..length].CopyTo(destination[done..]);
            done += length;
        }
    }

    /// <summary>Writes within one page. Memory that is nobody's swallows the write.</summary>
    public static void Write(Processor p, PhysicalAddress address, ReadOnlySpan<byte> source)
    {
        if (p.Computer.Memory.Contains(address.Value) && !p.Apic.Decodes(address.Value))
        {
            p.Computer.Memory.Write(address, source);
            return;
        }

        Span<byte> wide = stackalloc byte[8];
        for (int done = 0; done < source.Length;)
        {
            int length = Math.Min(8, source.Length - done);
            wide.Clear();
            source.Slice(done, length).CopyTo(wide);
            ulong at = address.Value + (uint)done, value = BinaryPrimitives.ReadUInt64LittleEndian(wide);
            WriteDevice(p, at, length, value);
            done += length;
        }
    }

    private static ulong ReadDevice(Processor p, ulong address, int length)
    {
        if (AssistedAccess.IsRouted(address)) return AssistedAccess.Read(p, address, length);
        if (ApicAccess.IsRouted(address)) return ApicAccess.Read(p, address, length);
        return p.Apic.Decodes(address) ? p.Apic.Read((int)address & 0xFFF, length) : p.Computer.Devices.ReadMemory(address, length);
    }

    private static void WriteDevice(Processor p, ulong address, int length, ulong value)
    {
        if (AssistedAccess.IsRouted(address)) AssistedAccess.Write(p, address, length, value);
        else if (ApicAccess.IsRouted(address)) ApicAccess.Write(p, address, length, value);
        else if (p.Apic.Decodes(address)) p.Apic.Write((int)address & 0xFFF, length, value);
        else p.Computer.Devices.WriteMemory(address, length, value);
    }
}
