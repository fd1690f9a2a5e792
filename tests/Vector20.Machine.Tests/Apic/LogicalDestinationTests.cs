using FsCheck;
using FsCheck.Fluent;
using Vector20.Machine.Apic;

namespace Vector20.Machine.Tests.Apic;

/// <summary>Logical destinations against an oracle that spells the addresses out as sets of (cluster, member).</summary>
[Manual("3A", "11.6.2.2", "Logical Destination Mode")]
public class LogicalDestinationTests
{
    private const byte Vector = 0x55;

    [Fact]
    public void In_xAPIC_mode_each_receiver_reads_the_destination_by_its_own_format() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<(byte[] Own, bool[] Flat, byte Destination)>(), (Func<(byte[] Own, bool[] Flat, byte Destination), bool>)(c =>
        {
            const int count = 3;
            if (c.Own is null || c.Flat is null || c.Own.Length < count || c.Flat.Length < count) return true;
            var machine = new ApicFixture(count);
            for (int i = 0; i < count; i++)
            {
                machine.Apics[i].Set(ApicRegister.LogicalDestination, (uint)c.Own[i] << 24);
                machine.Apics[i].Set(ApicRegister.DestinationFormat, c.Flat[i] ? 0xFFFF_FFFF : 0x0FFF_FFFF);
            }

            machine.Apics[0].Send(DeliveryMode.Fixed, Vector, destination: c.Destination, logical: true);
            return Enumerable.Range(0, count).All(i => machine.Apics[i].Requests(Vector) == Oracle(c.Own[i], c.Flat[i], c.Destination));
        })));

    [Fact]
    [Manual("3A", "11.12.10.2", "Deriving Logical x2APIC ID from the Local x2APIC ID")]
    public void In_x2APIC_mode_the_logical_ID_is_cluster_and_member_of_the_ID()
    {
        var machine = new ApicFixture(40, x2: true);
        for (uint i = 0; i < 40; i++) Assert.Equal(i / 16 * 0x10000 + Math.Pow(2, i % 16), machine.Apics[i].Get(ApicRegister.LogicalDestination));
    }

    [Theory]
    [InlineData(0x0000_0005u, new[] { 0, 2 })]
    [InlineData(0x0001_8001u, new[] { 16, 31 })]
    [InlineData(0x0002_00FFu, new[] { 32, 33, 34, 35, 36, 37, 38, 39 })]
    [InlineData(0x0003_FFFFu, new int[0])]
    [InlineData(0x0000_0000u, new int[0])]
    [Manual("3A", "11.12.10.1", "Logical Destination Mode in x2APIC Mode")]
    public void In_x2APIC_mode_a_destination_is_members_of_one_cluster(uint destination, int[] expected)
    {
        var machine = new ApicFixture(40, x2: true);
        machine.Apics[7].Send(DeliveryMode.Fixed, Vector, destination: destination, logical: true);
        Assert.Equal(expected, Enumerable.Range(0, 40).Where(i => machine.Apics[i].Requests(Vector)));
    }

    [Fact]
    public void A_reserved_destination_format_matches_nothing()
    {
        var machine = new ApicFixture(1);
        machine.Apics[0].Set(ApicRegister.LogicalDestination, 0x0100_0000);
        machine.Apics[0].Set(ApicRegister.DestinationFormat, 0x5FFF_FFFF);
        machine.Apics[0].Send(DeliveryMode.Fixed, Vector, destination: 1, logical: true);
        Assert.False(machine.Apics[0].Requests(Vector));
    }

    private static bool Oracle(byte own, bool flat, byte destination)
    {
        if (destination == 0xFF) return true;
        return Addresses(own, flat).Intersect(Addresses(destination, flat)).Any();
    }

    private static IEnumerable<(int Cluster, int Member)> Addresses(byte value, bool flat) => flat
        ? Enumerable.Range(0, 8).Where(bit => (value >> bit) % 2 == 1).Select(bit => (0, bit))
        : Enumerable.Range(0, 4).Where(bit => (value >> bit) % 2 == 1).Select(bit => (value / 16, bit));
}
