using Vector20.Machine.Platform;
using Vector20.Machine.Platform.Timers;

namespace Vector20.Machine.Images.Firmware;

/// <summary>The HPET table: where the event timer is, and what it can.</summary>
[Manual("HPET", "3.2.4", "The ACPI 2.0 HPET Description Table (HPET)")]
internal static class EventTimerTable
{
    private const int Length = 56;
    private const byte MemorySpace = 0, RegisterBits = 64, OnePage = 1;
    private const ushort ShortestPeriod = 100;

    public static byte[] Make() => AcpiTable.Finish(AcpiTable.Start("HPET", 1, Length)
        .U32(36, unchecked((uint)Hpet.Capabilities))
        .U8(40, MemorySpace).U8(41, RegisterBits).U64(44, PlatformLayout.HpetBase)
        .U16(53, ShortestPeriod).U8(55, OnePage));
}
