using System.Buffers.Binary;
using System.Text;
using Vector20.Machine.Images;
using Vector20.Machine.Memory;

namespace Vector20.Machine.Tests.Images;

/// <summary>Reads the DSDT object by object, as an interpreter does: every length must be right to the byte.</summary>
[Manual("ACPI", "20.2", "AML Grammar Definition")]
[Manual("ACPI", "20.2.4", "Package Length Encoding")]
public class AmlTests
{
    [Fact]
    [Manual("ACPI", "5.2.11.1", "Differentiated System Description Table (DSDT)")]
    [Manual("ACPI", "6.5.5", "_BBN (Base Bus Number)")]
    public void The_namespace_has_the_soft_off_state_the_PCI_bus_and_the_event_timer()
    {
        Assert.Equal(["_S5_", @"\_SB_", "PCI0", "_HID", "_UID", "_BBN", "_CRS", "HPET", "_HID", "_UID", "_CRS"], Names(Dsdt(hpet: true)));
        Assert.Equal(["_S5_", @"\_SB_", "PCI0", "_HID", "_UID", "_BBN", "_CRS"], Names(Dsdt(hpet: false)));
    }

    [Theory]
    [InlineData("PCI0", 0x030A_D041u)]
    [InlineData("HPET", 0x0301_D041u)]
    [Manual("ACPI", "6.1.5", "_HID (Hardware ID)")]
    public void A_device_has_its_identification(string device, uint identification)
    {
        byte[] dsdt = Dsdt(hpet: true);
        int at = dsdt.AsSpan().IndexOf(Encoding.ASCII.GetBytes(device));
        at += dsdt.AsSpan(at).IndexOf("_HID"u8) + 5;
        Assert.Equal(identification, BinaryPrimitives.ReadUInt32LittleEndian(dsdt.AsSpan(at)));
    }

    [Fact]
    [Manual("ACPI", "6.4", "Resource Data Types for ACPI")]
    public void The_bridge_hands_on_buses_ports_and_memory_and_keeps_its_configuration_ports()
    {
        byte[] dsdt = Dsdt(hpet: true);
        int at = dsdt.AsSpan().IndexOf("_CRS"u8) + 4;
        Assert.Equal(0x11, dsdt[at]);
        int length = PackageLength(dsdt, at + 1, out int content);
        Assert.Equal(0x0A, dsdt[content]);
        Assert.Equal(at + 1 + length - content - 2, dsdt[content + 1]);
        var found = new List<string>();
        for (int d = content + 2; dsdt[d] != 0x79; d += Large(dsdt, d) ? 3 + U16(dsdt, d + 1) : 1 + (dsdt[d] & 7))
            found.Add(Describe(dsdt, d));
        Assert.Equal(["bus 0-ff", "own port cf8+8", "port 0-cf7", "port d00-ffff", "memory a0000-bffff", "memory c0000000-febfffff"], found);
    }

    private static string Describe(byte[] b, int d) => (b[d], b[d + 3]) switch
    {
        (0x47, _) => $"own port {U16(b, d + 2):x}+{b[d + 7]}",
        (0x88, 2) => $"bus {U16(b, d + 8):x}-{U16(b, d + 10):x}",
        (0x88, 1) => $"port {U16(b, d + 8):x}-{U16(b, d + 10):x}",
        (0x87, 0) => $"memory {U32(b, d + 10):x}-{U32(b, d + 14):x}",
        _ => "unknown",
    };

    private static bool Large(byte[] b, int d) => (b[d] & 0x80) != 0;

    /// <summary>Names in the order of the table; what follows an object begins where its length says.</summary>
    private static List<string> Names(byte[] dsdt)
    {
        var names = new List<string>();
        int end = Walk(dsdt, 36, dsdt.Length, names);
        Assert.Equal(dsdt.Length, end);
        return names;
    }

    private static int Walk(byte[] b, int at, int end, List<string> names)
    {
        while (at < end)
        {
            if (b[at] == 0x08)
            {
                names.Add(Text(b, at + 1, 4));
                at = SkipValue(b, at + 5);
                continue;
            }

            bool device = b[at] == 0x5B;
            Assert.Equal(device ? 0x82 : 0x10, b[device ? at + 1 : at]);
            int lengthAt = device ? at + 2 : at + 1, length = PackageLength(b, lengthAt, out int content), name = device ? 4 : 5;
            names.Add(Text(b, content, name));
            Assert.Equal(lengthAt + length, Walk(b, content + name, lengthAt + length, names));
            at = lengthAt + length;
        }

        return at;
    }

    private static int SkipValue(byte[] b, int at) => b[at] switch
    {
        0x0A => at + 2,
        0x0C => at + 5,
        0x11 or 0x12 => at + 1 + PackageLength(b, at + 1, out _),
        _ => throw new InvalidOperationException($"an unknown value {b[at]:x}"),
    };

    private static int PackageLength(byte[] b, int at, out int content)
    {
        int more = b[at] >> 6;
        content = at + 1 + more;
        return more == 0 ? b[at] : b[at] & 15 | b[at + 1] << 4;
    }

    private static byte[] Dsdt(bool hpet)
    {
        var options = new BootOptions { MemorySize = 2 << 20, FlatAddress = 0x7C00, Hpet = hpet };
        Assert.True(ImageLoader.Plan(ImageBuilder.File([0xF4]), options).TryGet(out BootPlan? plan, out ImageError error), error.ToString());
        return plan.Pieces.Single(piece => piece.What == "the ACPI table DSDT").Bytes.ToArray();
    }

    private static ushort U16(byte[] b, int at) => BinaryPrimitives.ReadUInt16LittleEndian(b.AsSpan(at));

    private static uint U32(byte[] b, int at) => BinaryPrimitives.ReadUInt32LittleEndian(b.AsSpan(at));

    private static string Text(byte[] b, int at, int length) => Encoding.ASCII.GetString(b, at, length);
}
