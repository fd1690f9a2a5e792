using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors.Segmentation;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>Who may access an I/O port: IOPL, then the I/O permission bitmap of the TSS. Virtual-8086 mode asks the bitmap alone.</summary>
[Manual("1", "19.5", "Protected-Mode I/O")]
internal static class PortPermission
{
    private const uint MapBaseOffset = 0x66, SmallestTss = 0x67;

    /// <summary>#GP(0) unless every port of the access is allowed.</summary>
    public static bool Check(Processor p, ushort port, int size)
    {
        if (!p.Protected || !p.Virtual8086 && p.Cpl <= p.IoPrivilegeLevel) return true;
        bool wide = (p.Tr.Type & 8) != 0;
        if (!wide || p.Tr.Unusable || p.Tr.Limit < SmallestTss) return Refuse(p);
        if (!p.ReadLinear(DescriptorTables.Address(p, p.Tr.Base, MapBaseOffset), AccessMode.Supervisor, out ushort map)) return false;
        uint offset = map + (uint)port / 8;
        if (offset + 1 > p.Tr.Limit) return Refuse(p);
        if (!p.ReadLinear(DescriptorTables.Address(p, p.Tr.Base, offset), AccessMode.Supervisor, out ushort bits)) return false;
        uint asked = (1u << size) - 1 << (port & 7);
        return (bits & asked) == 0 || Refuse(p);
    }

    private static bool Refuse(Processor p) => p.Refuse(ExceptionVector.GeneralProtection, 0);
}
