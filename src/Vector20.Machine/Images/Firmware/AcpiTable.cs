namespace Vector20.Machine.Images.Firmware;

/// <summary>An ACPI table: the 36-byte header, filled in, and room for the rest.</summary>
[Manual("ACPI", "5.2.6", "System Description Table Header")]
internal static class AcpiTable
{
    public const int HeaderLength = 36;

    /// <summary>Starts a table.</summary>
    public static RecordWriter Start(string signature, byte revision, int length) =>
        new RecordWriter(length).Text(0, signature).U32(4, (uint)length).U8(8, revision)
            .Text(10, "VECTOR").Text(16, "VECTOR20").U32(24, 1).Text(28, "VE20").U32(32, 1);

    /// <summary>Ends a table with its checksum.</summary>
    public static byte[] Finish(RecordWriter table) => table.Checksum(9, 0, table.Bytes.Length).Bytes;
}
