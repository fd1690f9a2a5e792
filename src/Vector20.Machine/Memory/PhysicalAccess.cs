using System.Buffers.Binary;
using Vector20.Machine.Processors;

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
            ulong value = p.Apic.Decodes(at) ? p.Apic.Read((int)at & 0xFFF, length) : p.Computer.Devices.ReadMemory(at, length);
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
            if (p.Apic.Decodes(at)) p.Apic.Write((int)at & 0xFFF, length, value);
            else p.Computer.Devices.WriteMemory(at, length, value);
            done += length;
        }
    }
}
