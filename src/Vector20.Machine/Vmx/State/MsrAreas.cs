using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Msrs;

namespace Vector20.Machine.Vmx;

/// <summary>The lists of MSRs that VM entries load and VM exits store and load: 16 bytes each, index below, value above.</summary>
[Manual("3C", "25.7.2", "VM-Exit Controls for MSRs")]
[Manual("3C", "25.8.2", "VM-Entry Controls for MSRs")]
internal static class MsrAreas
{
    /// <summary>The recommended, and here the greatest, number of entries: (IA32_VMX_MISC bits 27:25 + 1) times 512.</summary>
    private const ulong MostEntries = 512;

    /// <summary>Loads a list. Answers 0, or the number, from 1, of the first entry that cannot be loaded.</summary>
    [Manual("3C", "27.4", "Loading MSRs")]
    [Manual("3C", "28.6", "Loading MSRs")]
    public static ulong Load(Processor p, ulong address, ulong count)
    {
        for (ulong i = 0; i < count; i++)
        {
            ulong entry = address + 16 * i, index = p.Computer.Memory.Read<ulong>(new PhysicalAddress(entry));
            bool listed = i < MostEntries && IsListable(index) && (Msr)index is not (Msr.FsBase or Msr.GsBase);
            if (!listed || !MsrAccess.Write(p, (uint)index, p.Computer.Memory.Read<ulong>(new PhysicalAddress(entry + 8)))) return i + 1;
        }

        return 0;
    }

    /// <summary>Stores a list, as the host reads the MSRs: the time-stamp counter without the guest's offset. Answers as <see cref="Load"/>.</summary>
    [Manual("3C", "28.4", "Saving MSRs")]
    public static ulong Store(Processor p, ulong address, ulong count)
    {
        for (ulong i = 0; i < count; i++)
        {
            ulong entry = address + 16 * i, index = p.Computer.Memory.Read<ulong>(new PhysicalAddress(entry));
            if (i >= MostEntries || !IsListable(index) || !MsrAccess.Read(p, (uint)index, out ulong value)) return i + 1;
            p.Computer.Memory.Write(new PhysicalAddress(entry + 8), value);
        }

        return 0;
    }

    /// <summary>Bits 63:32 are 0, and it is none of the x2APIC's.</summary>
    private static bool IsListable(ulong index) => index <= uint.MaxValue && index is not (>= 0x800 and <= 0x8FF);
}
