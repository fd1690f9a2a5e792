using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Tests.Vmx.Ept;

[Manual("3C", "29.3.2", "EPT Translation Mechanism")]
[Manual("3C", "29.3.3.1", "EPT Misconfigurations")]
public class EptEntryTests
{
    private const int Width = 46;
    private const EptCapabilities All = (EptCapabilities)ulong.MaxValue;

    /// <summary>Level, and whether the entry maps a page.</summary>
    public static TheoryData<int, bool> Kinds => new() { { 5, false }, { 4, false }, { 3, false }, { 3, true }, { 2, false }, { 2, true }, { 1, true } };

    [Theory, MemberData(nameof(Kinds))]
    public void Each_bit_is_reserved_or_not_as_the_formats_say(int level, bool mapsPage)
    {
        for (int bit = 3; bit < 64; bit++)
        {
            if (bit == 7 && level is 2 or 3 || mapsPage && bit is >= 3 and <= 5) continue;
            var entry = new EptEntry(Readable(level, mapsPage) | 1ul << bit);
            bool misconfigured = entry.IsMisconfigured(level, entry.MapsPage(level), Width, false, All);
            Assert.True(IsReserved(level, mapsPage, bit) == misconfigured, $"bit {bit}");
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void An_entry_without_read_is_misconfigured_with_write_or_where_execute_only_is_not_supported(int level, bool mapsPage)
    {
        for (int bits = 1; bits < 32; bits++)
        {
            bool read = (bits & 1) != 0, write = (bits & 2) != 0, execute = (bits & 4) != 0, user = (bits & 8) != 0, modeBased = (bits & 16) != 0;
            var entry = new EptEntry(Readable(level, mapsPage) & ~7ul | (uint)bits & 7 | (user ? EptEntry.ExecuteForUser : 0));
            bool present = read || write || execute || user && modeBased;
            Assert.Equal(present, entry.IsPresent(modeBased));
            if (!present) continue;
            bool executes = execute || user && modeBased;
            Assert.Equal(!read && write, entry.IsMisconfigured(level, mapsPage, Width, modeBased, All));
            Assert.Equal(!read && (write || executes), entry.IsMisconfigured(level, mapsPage, Width, modeBased, All & ~EptCapabilities.ExecuteOnly));
        }
    }

    [Theory]
    [InlineData(0, true), InlineData(1, true), InlineData(2, false), InlineData(3, false), InlineData(4, true), InlineData(5, true), InlineData(6, true), InlineData(7, false)]
    [Manual("3A", "12.3", "Methods of Caching Available")]
    public void Memory_types_2_3_and_7_are_reserved_in_an_entry_that_maps_a_page(int type, bool allowed)
    {
        for (int level = 1; level <= 3; level++)
        {
            var entry = new EptEntry(EptEntry.Read | EptEntry.PageSize | (ulong)type << 3);
            Assert.Equal(!allowed, entry.IsMisconfigured(level, true, Width, false, All));
        }
    }

    [Theory]
    [InlineData(0x1000_001E, true)]
    [InlineData(0x1000_0018, true)]
    [InlineData(0x1000_0026, true)]
    [InlineData(0x1000_005E, true)]
    [InlineData(0x1000_001C, false)]
    [InlineData(0x1000_0016, false)]
    [InlineData(0x1000_002E, false)]
    [InlineData(0x1000_009E, false)]
    [InlineData(0x1000_011E, false)]
    [InlineData(0x1000_081E, false)]
    [InlineData(0x4000_0000_001E, false)]
    [InlineData(0x2000_0000_001E, true)]
    [Manual("3C", "25.6.11", "Extended-Page-Table Pointer (EPTP)")]
    public void An_EPT_pointer_needs_a_supported_type_and_length_and_no_reserved_bit(ulong value, bool valid) =>
        Assert.Equal(valid, new EptPointer(value).IsValid(Width, All));

    [Fact]
    [Manual("3D", "A.10", "VPID and EPT Capabilities")]
    public void What_a_model_lacks_is_reserved()
    {
        Assert.False(new EptPointer(0x1000_0026).IsValid(Width, All & ~EptCapabilities.PageWalkLength5));
        Assert.False(new EptPointer(0x1000_005E).IsValid(Width, All & ~EptCapabilities.AccessedAndDirtyFlags));
        var entry = new EptEntry(EptEntry.Read | EptEntry.PageSize);
        Assert.True(entry.IsMisconfigured(3, true, Width, false, All & ~EptCapabilities.Pages1GByte));
        Assert.False(entry.IsMisconfigured(2, true, Width, false, All & ~EptCapabilities.Pages1GByte));
    }

    private static ulong Readable(int level, bool mapsPage) => EptEntry.Read | (mapsPage && level > 1 ? EptEntry.PageSize : 0);

    /// <summary>Tables 29-1 to 29-7.</summary>
    private static bool IsReserved(int level, bool mapsPage, int bit) => (level, mapsPage) switch
    {
        (_, _) when bit is >= Width and <= 51 => true,
        (>= 4, _) => bit is >= 3 and <= 7,
        (_, false) => bit is >= 3 and <= 6,
        (3, true) => bit is >= 12 and <= 29,
        (2, true) => bit is >= 12 and <= 20,
        _ => false,
    };
}
