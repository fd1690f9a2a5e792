using Vector20.Machine.Memory;

namespace Vector20.Machine.Vmx.Ept;

/// <summary>The virtualization-exception information area: what a #VE tells its handler.</summary>
/// <param name="Qualification">The exit qualification that an EPT-violation VM exit would have had.</param>
/// <param name="GuestLinearAddress">The guest-linear address, as such an exit would have saved it.</param>
/// <param name="GuestPhysicalAddress">The guest-physical address, likewise.</param>
/// <param name="EptpIndex">The EPTP index of the VMCS.</param>
[Manual("3C", "26.5.7.2", "Virtualization-Exception Information")]
public readonly record struct VirtualizationExceptionInformation(ulong Qualification, ulong GuestLinearAddress, ulong GuestPhysicalAddress, ushort EptpIndex)
{
    /// <summary>What offset 4 holds from the delivery of a #VE until software clears it.</summary>
    public const uint BusyValue = uint.MaxValue;

    private const ulong BusyOffset = 4, QualificationOffset = 8, LinearOffset = 16, PhysicalOffset = 24, EptpIndexOffset = 32;

    /// <summary>The 32 bits at offset 4: not 0 while no further #VE may occur.</summary>
    public static uint Busy(PhysicalMemory memory, ulong area) => memory.Read<uint>(new PhysicalAddress(area + BusyOffset));

    /// <summary>Saves the information. Bytes 34 and up are left as they are.</summary>
    public void Save(PhysicalMemory memory, ulong area)
    {
        memory.Write(new PhysicalAddress(area), (uint)ExitReason.EptViolation);
        memory.Write(new PhysicalAddress(area + BusyOffset), BusyValue);
        memory.Write(new PhysicalAddress(area + QualificationOffset), Qualification);
        memory.Write(new PhysicalAddress(area + LinearOffset), GuestLinearAddress);
        memory.Write(new PhysicalAddress(area + PhysicalOffset), GuestPhysicalAddress);
        memory.Write(new PhysicalAddress(area + EptpIndexOffset), EptpIndex);
    }

    /// <summary>Reads what an area holds.</summary>
    public static VirtualizationExceptionInformation Read(PhysicalMemory memory, ulong area) => new(
        memory.Read<ulong>(new PhysicalAddress(area + QualificationOffset)),
        memory.Read<ulong>(new PhysicalAddress(area + LinearOffset)),
        memory.Read<ulong>(new PhysicalAddress(area + PhysicalOffset)),
        memory.Read<ushort>(new PhysicalAddress(area + EptpIndexOffset)));
}
