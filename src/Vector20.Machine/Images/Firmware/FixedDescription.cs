using Vector20.Machine.Platform;

namespace Vector20.Machine.Images.Firmware;

/// <summary>The FADT: where the ACPI registers are, and which legacy devices there are.</summary>
[Manual("ACPI", "5.2.9", "Fixed ACPI Description Table (FADT)")]
internal static class FixedDescription
{
    private const byte Revision = 3;
    private const int Length = 244;
    private const byte EventLength = 4, ControlLength = 2, TimerLength = 4;
    private const ushort LegacyDevices = 1 << 0, KeyboardController = 1 << 1;
    private const uint WbinvdWorks = 1 << 0, C1OnAllProcessors = 1 << 2, PowerButtonIsMethod = 1 << 4, SleepButtonIsMethod = 1 << 5;
    private const ushort NoC2 = 0xFFFF;
    private const byte InPortSpace = 1;

    public static byte[] Make(uint facs, uint dsdt)
    {
        RecordWriter table = AcpiTable.Start("FACP", Revision, Length)
            .U32(36, facs).U32(40, dsdt)
            .U16(46, PlatformLayout.SystemControlInterrupt)
            .U32(56, PlatformLayout.PowerEventPort).U32(64, PlatformLayout.PowerControlPort).U32(76, PlatformLayout.PowerTimerPort)
            .U8(88, EventLength).U8(89, ControlLength).U8(91, TimerLength)
            .U16(96, NoC2).U16(98, NoC2)
            .U16(109, LegacyDevices | KeyboardController)
            .U32(112, WbinvdWorks | C1OnAllProcessors | PowerButtonIsMethod | SleepButtonIsMethod)
            .U64(132, facs).U64(140, dsdt);
        Register(table, 148, PlatformLayout.PowerEventPort, EventLength);
        Register(table, 172, PlatformLayout.PowerControlPort, ControlLength);
        Register(table, 208, PlatformLayout.PowerTimerPort, TimerLength);
        return AcpiTable.Finish(table);
    }

    /// <summary>A generic address structure for I/O ports.</summary>
    private static void Register(RecordWriter table, int offset, ushort port, int bytes) =>
        table.U8(offset, InPortSpace).U8(offset + 1, (byte)(8 * bytes)).U64(offset + 4, port);
}
