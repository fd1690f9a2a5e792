using Vector20.Machine;
using Vector20.Machine.Memory;

namespace Vector20.Hypervisor.Check;

/// <summary>The virtualization-exception information area.</summary>
/// <param name="ExitReason">The basic exit reason the violation would have had: 48.</param>
/// <param name="Busy">FFFFFFFFH since a #VE was delivered; while it is not 0, no other will be.</param>
/// <param name="Qualification">The exit qualification.</param>
/// <param name="GuestLinear">The guest-linear address.</param>
/// <param name="GuestPhysical">The guest-physical address.</param>
/// <param name="EptpIndex">The EPTP index.</param>
[Manual("3C", "26.5.7.2", "Virtualization-Exception Information")]
public sealed record VeInformation(uint ExitReason, uint Busy, ulong Qualification, ulong GuestLinear, ulong GuestPhysical, ushort EptpIndex)
{
    /// <summary>Where the busy word is in the area.</summary>
    public const int BusyOffset = 4;

    /// <summary>Reads the area. Null where there is no memory.</summary>
    public static VeInformation? Read(PhysicalMemory memory, PhysicalAddress area)
    {
        if (!memory.Contains(area.Value)) return null;
        T At<T>(uint offset) where T : unmanaged => memory.Read<T>(new PhysicalAddress(area.Value + offset));
        return new VeInformation(At<uint>(0), At<uint>(BusyOffset), At<ulong>(8), At<ulong>(16), At<ulong>(24), At<ushort>(32));
    }
}
