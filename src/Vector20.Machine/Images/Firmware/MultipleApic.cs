using Vector20.Machine.Platform;

namespace Vector20.Machine.Images.Firmware;

/// <summary>The MADT: the processors by APIC ID, the I/O APIC, how the ISA interrupts are wired, LINT1 as NMI.</summary>
[Manual("ACPI", "5.2.12", "Multiple APIC Description Table (MADT)")]
internal static class MultipleApic
{
    private const byte LocalApicEntry = 0, IoApicEntry = 1, OverrideEntry = 2, LocalNmiEntry = 4;
    private const int LocalApicLength = 8, IoApicLength = 12, OverrideLength = 10, LocalNmiLength = 6, FixedLength = AcpiTable.HeaderLength + 8;
    private const uint Enabled = 1, HasLegacyPics = 1;
    private const ushort ActiveHighLevel = 0xD;
    private const byte AllProcessors = 0xFF, TimerInput = 2;

    public static byte[] Make(int processors)
    {
        RecordWriter table = AcpiTable.Start("APIC", 3, FixedLength + processors * LocalApicLength + IoApicLength + 2 * OverrideLength + LocalNmiLength)
            .U32(36, PlatformLayout.LocalApicBase).U32(40, HasLegacyPics);
        int at = FixedLength;
        for (int i = 0; i < processors; i++, at += LocalApicLength)
            table.U8(at, LocalApicEntry).U8(at + 1, LocalApicLength).U8(at + 2, (byte)i).U8(at + 3, (byte)i).U32(at + 4, Enabled);
        table.U8(at, IoApicEntry).U8(at + 1, IoApicLength).U8(at + 2, PlatformLayout.IoApicId(processors)).U32(at + 4, PlatformLayout.IoApicBase);
        at += IoApicLength;
        Override(table, at, 0, TimerInput, 0);
        at += OverrideLength;
        Override(table, at, PlatformLayout.SystemControlInterrupt, PlatformLayout.SystemControlInterrupt, ActiveHighLevel);
        at += OverrideLength;
        table.U8(at, LocalNmiEntry).U8(at + 1, LocalNmiLength).U8(at + 2, AllProcessors).U8(at + 5, 1);
        return AcpiTable.Finish(table);
    }

    private static void Override(RecordWriter table, int at, byte irq, uint input, ushort flags) =>
        table.U8(at, OverrideEntry).U8(at + 1, OverrideLength).U8(at + 3, irq).U32(at + 4, input).U16(at + 8, flags);
}
