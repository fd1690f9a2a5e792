using System.Text;
using Vector20.Machine.Images;
using Vector20.Machine.Memory;

namespace Vector20.Machine.Tests.Images;

/// <summary>Reads the tables as an operating system does: scan, check, follow.</summary>
[Manual("ACPI", "5.2", "ACPI System Description Tables")]
[Manual("ACPI", "5.2.6", "System Description Table Header")]
public class FirmwareTableTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(255)]
    [Manual("ACPI", "5.2", "ACPI System Description Tables")]
    [Manual("ACPI", "5.2.6", "System Description Table Header")]
    [Manual("ACPI", "5.2.12", "Multiple APIC Description Table (MADT)")]
    public void Every_processor_is_found_through_ACPI(int processors)
    {
        using Computer computer = Boot(processors);
        ulong madt = Table(computer, "APIC");
        var found = new List<byte>();
        for (ulong at = madt + 44, end = madt + Word(computer, madt + 4); at < end; at += Byte(computer, at + 1))
            if (Byte(computer, at) == 0 && (Word(computer, at + 4) & 1) != 0) found.Add(Byte(computer, at + 3));
        Assert.Equal(Enumerable.Range(0, processors).Select(i => (byte)i), found);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(255)]
    [Manual("MP", "4", "MP Configuration Table")]
    public void Every_processor_is_found_through_the_MP_table(int processors)
    {
        using Computer computer = Boot(processors);
        ulong pointer = Scan(computer, 0xF_0000, "_MP_");
        Assert.Equal(0, Sum(computer, pointer, 16));
        ulong table = Word(computer, pointer + 4);
        Assert.Equal(0, Sum(computer, table, (int)Word(computer, table + 4) & 0xFFFF));
        int found = 0, entries = (int)Word(computer, table + 34) & 0xFFFF;
        ulong at = table + 44;
        for (int i = 0; i < entries; i++)
        {
            if (Byte(computer, at) == 0) Assert.Equal(found++, Byte(computer, at + 1));
            at += Byte(computer, at) == 0 ? 20u : 8u;
        }

        Assert.Equal(processors, found);
        Assert.Equal(table + (Word(computer, table + 4) & 0xFFFF), at);
    }

    [Fact]
    [Manual("ACPI", "5.2.9", "Fixed ACPI Description Table (FADT)")]
    public void The_fixed_description_leads_to_the_timer_and_the_soft_off_state()
    {
        using Computer computer = Boot(1);
        ulong fadt = Table(computer, "FACP"), dsdt = Word(computer, fadt + 40);
        Assert.Equal(0x608ul, Word(computer, fadt + 76));
        Assert.Equal(0, Sum(computer, dsdt, (int)Word(computer, dsdt + 4)));
        Assert.Equal("_S5_", Text(computer, dsdt + 37, 4));
        Assert.Equal("FACS", Text(computer, Word(computer, fadt + 36), 4));
        Assert.Equal(0ul, Word(computer, fadt + 36) % 64);
    }

    [Fact]
    [Manual("HPET", "3.2.4", "The ACPI 2.0 HPET Description Table (HPET)")]
    public void The_event_timer_is_found_through_ACPI_where_there_is_one()
    {
        using Computer computer = Boot(1), without = Boot(1, hpet: false);
        ulong table = Table(computer, "HPET");
        Assert.Equal(0xFED0_0000ul, Word(computer, table + 44));
        Assert.Equal(0x8086_A201ul, Word(computer, table + 36));
        Assert.Throws<InvalidOperationException>(() => Table(without, "HPET"));
    }

    private static ulong Table(Computer computer, string signature)
    {
        ulong root = Scan(computer, 0xE_0000, "RSD PTR ");
        Assert.Equal(0, Sum(computer, root, 20));
        Assert.Equal(0, Sum(computer, root, 36));
        ulong xsdt = Word(computer, root + 24), rsdt = Word(computer, root + 16);
        Assert.Equal(0, Sum(computer, rsdt, (int)Word(computer, rsdt + 4)));
        for (ulong at = xsdt + 36, end = xsdt + Word(computer, xsdt + 4); at < end; at += 8)
        {
            ulong table = Word(computer, at);
            Assert.Equal(0, Sum(computer, table, (int)Word(computer, table + 4)));
            if (Text(computer, table, 4) == signature) return table;
        }

        throw new InvalidOperationException($"no {signature}");
    }

    private static Computer Boot(int processors, bool hpet = true)
    {
        var options = new BootOptions { MemorySize = 2 << 20, FlatAddress = 0x7C00, Processors = processors, Hpet = hpet };
        Assert.True(ImageLoader.Plan(ImageBuilder.File([0xF4]), options).TryGet(out BootPlan? plan, out ImageError error), error.ToString());
        var computer = new Computer(new ComputerOptions { MemorySize = options.MemorySize }, new FramePool());
        plan.ApplyTo(computer);
        return computer;
    }

    private static ulong Scan(Computer computer, ulong from, string signature)
    {
        ulong at = from;
        while (at < 0x10_0000 && Text(computer, at, signature.Length) != signature) at += 16;
        Assert.NotEqual(0x10_0000ul, at);
        return at;
    }

    private static byte Sum(Computer computer, ulong address, int length)
    {
        byte sum = 0;
        for (int i = 0; i < length; i++) sum += Byte(computer, address + (uint)i);
        return sum;
    }

    private static byte Byte(Computer computer, ulong address) => computer.Memory.Read<byte>(new PhysicalAddress(address));

    private static ulong Word(Computer computer, ulong address) => computer.Memory.Read<uint>(new PhysicalAddress(address));

    private static string Text(Computer computer, ulong address, int length)
    {
        var bytes = new byte[length];
        computer.Memory.Read(new PhysicalAddress(address), bytes);
        return Encoding.ASCII.GetString(bytes);
    }
}
