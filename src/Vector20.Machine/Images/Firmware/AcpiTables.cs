namespace Vector20.Machine.Images.Firmware;

/// <summary>The ACPI tables: RSDP, RSDT and XSDT, FADT, FACS, DSDT, MADT, HPET.</summary>
[Manual("ACPI", "5.2", "ACPI System Description Tables")]
internal static class AcpiTables
{
    /// <summary>Lays the tables out from an address on, and the root pointer at another.</summary>
    public static IReadOnlyList<Piece> Make(BootOptions options, uint first, uint rootPointer)
    {
        var pieces = new List<Piece>();
        uint next = first;
        uint facs = Place("FACS", FirmwareControl());
        uint dsdt = Place("DSDT", DifferentiatedSystem.Make(options.Hpet));
        uint fadt = Place("FADT", FixedDescription.Make(facs, dsdt));
        uint madt = Place("MADT", MultipleApic.Make(options.Processors));
        uint[] tables = options.Hpet ? [fadt, madt, Place("HPET", EventTimerTable.Make())] : [fadt, madt];
        uint rsdt = Place("RSDT", Root32(tables));
        uint xsdt = Place("XSDT", Root64(tables));
        pieces.Add(new Piece(rootPointer, RootPointer(rsdt, xsdt), "the ACPI root pointer"));
        return pieces;

        uint Place(string what, byte[] table)
        {
            uint address = next;
            pieces.Add(new Piece(address, table, $"the ACPI table {what}"));
            next = address + (uint)table.Length + 63 & ~63u;
            return address;
        }
    }

    private static byte[] RootPointer(uint rsdt, uint xsdt) =>
        new RecordWriter(36).Text(0, "RSD PTR ").Text(9, "VECTOR").U8(15, 2).U32(16, rsdt).U32(20, 36).U64(24, xsdt).Checksum(8, 0, 20).Checksum(32, 0, 36).Bytes;

    private static byte[] Root32(ReadOnlySpan<uint> tables)
    {
        RecordWriter root = AcpiTable.Start("RSDT", 1, AcpiTable.HeaderLength + 4 * tables.Length);
        for (int i = 0; i < tables.Length; i++) root.U32(AcpiTable.HeaderLength + 4 * i, tables[i]);
        return AcpiTable.Finish(root);
    }

    private static byte[] Root64(ReadOnlySpan<uint> tables)
    {
        RecordWriter root = AcpiTable.Start("XSDT", 1, AcpiTable.HeaderLength + 8 * tables.Length);
        for (int i = 0; i < tables.Length; i++) root.U64(AcpiTable.HeaderLength + 8 * i, tables[i]);
        return AcpiTable.Finish(root);
    }

    /// <summary>No checksum: the guest writes to it.</summary>
    private static byte[] FirmwareControl() => new RecordWriter(64).Text(0, "FACS").U32(4, 64).U8(32, 1).Bytes;
}
