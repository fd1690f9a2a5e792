using Vector20.Machine.Platform;

namespace Vector20.Machine.Images.Firmware;

/// <summary>The tables of the MultiProcessor Specification 1.4, for systems that know no ACPI.</summary>
[Manual("MP", "4", "MP Configuration Table")]
internal static class MultiProcessorTables
{
    private const int HeaderLength = 44, ProcessorLength = 20, EntryLength = 8, IsaInterrupts = 16;
    private const byte ProcessorEntry = 0, BusEntry = 1, IoApicEntry = 2, InterruptEntry = 3, LocalInterruptEntry = 4;
    private const byte LocalApicVersion = 0x14, IoApicVersion = 0x11, EnabledBit = 1, BootstrapBit = 2, IsaBus = 0;
    private const byte Vectored = 0, Nmi = 1, ExtInt = 3, EveryApic = 0xFF;
    private const uint Signature = 0x906EA, FpuAndApic = 1 << 0 | 1 << 9;

    public static IReadOnlyList<Piece> Make(int processors, uint floatingPointer, uint configuration) =>
    [
        new(floatingPointer, FloatingPointer(configuration), "the MP floating pointer"),
        new(configuration, Configuration(processors), "the MP configuration table"),
    ];

    private static byte[] FloatingPointer(uint configuration) =>
        new RecordWriter(16).Text(0, "_MP_").U32(4, configuration).U8(8, 1).U8(9, 4).Checksum(10, 0, 16).Bytes;

    private static byte[] Configuration(int processors)
    {
        int others = 1 + 1 + IsaInterrupts + 2, length = HeaderLength + processors * ProcessorLength + others * EntryLength;
        RecordWriter table = new RecordWriter(length).Text(0, "PCMP").U16(4, (ushort)length).U8(6, 4)
            .Text(8, "VECTOR20").Text(16, "VECTOR20    ").U16(34, (ushort)(processors + others)).U32(36, PlatformLayout.LocalApicBase);
        int at = HeaderLength;
        for (int i = 0; i < processors; i++, at += ProcessorLength)
        {
            table.U8(at, ProcessorEntry).U8(at + 1, (byte)i).U8(at + 2, LocalApicVersion)
                .U8(at + 3, (byte)(EnabledBit | (i == 0 ? BootstrapBit : 0))).U32(at + 4, Signature).U32(at + 8, FpuAndApic);
        }

        byte ioApic = PlatformLayout.IoApicId(processors);
        table.U8(at, BusEntry).U8(at + 1, IsaBus).Text(at + 2, "ISA   ");
        at += EntryLength;
        table.U8(at, IoApicEntry).U8(at + 1, ioApic).U8(at + 2, IoApicVersion).U8(at + 3, EnabledBit).U32(at + 4, PlatformLayout.IoApicBase);
        at += EntryLength;
        for (byte irq = 0; irq < IsaInterrupts; irq++, at += EntryLength) Interrupt(table, at, irq, ioApic);
        LocalInterrupt(table, at, ExtInt, 0);
        LocalInterrupt(table, at + EntryLength, Nmi, 1);
        return table.Checksum(7, 0, length).Bytes;
    }

    /// <summary>ISA interrupt n is input n, but the timer is input 2 and the cascade goes nowhere (input 0 is the 8259's).</summary>
    private static void Interrupt(RecordWriter table, int at, byte irq, byte ioApic)
    {
        byte input = irq switch { 0 => 2, 2 => 0, _ => irq };
        table.U8(at, InterruptEntry).U8(at + 1, irq == 2 ? ExtInt : Vectored).U8(at + 4, IsaBus).U8(at + 5, irq == 2 ? (byte)0 : irq).U8(at + 6, ioApic).U8(at + 7, input);
    }

    private static void LocalInterrupt(RecordWriter table, int at, byte type, byte input) =>
        table.U8(at, LocalInterruptEntry).U8(at + 1, type).U8(at + 4, IsaBus).U8(at + 6, EveryApic).U8(at + 7, input);
}
