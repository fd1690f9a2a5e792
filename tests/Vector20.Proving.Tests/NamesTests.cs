using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Proving.Questions;

namespace Vector20.Proving.Tests;

public class NamesTests
{
    [Fact]
    public void Hardware_faults_have_the_names_that_users_know() => Assert.Equal(
        ["ve-ignores-suppress", "ve-when-ad-off", "bitmap-sees-int-n", "bitmap-sees-ipi", "ipi-20-as-exception", "apic-accepts-illegal-vectors",
            "apic-rejects-reserved-vectors", "ve-ignores-busy", "ve-during-delivery"],
        Names.HardwareFaults.Select(c => c.Name));

    [Fact]
    public void Hypervisor_bugs_have_the_names_that_users_know() => Assert.Equal(
        ["zap-writes-zero", "nonpresent-without-suppress", "mapped-without-suppress", "frozen-without-suppress", "access-tracked-without-suppress",
            "split-without-suppress", "bitmap-misses-ve", "ve-info-page-missing", "nested-ve-info-missing", "forward-ve-to-l1",
            "forgets-interrupted-event", "large-page-beyond-slot", "virtual-apic-takes-illegal-vectors", "xsetbv-unhandled"],
        Names.HypervisorBugs.Select(c => c.Name));

    [Fact]
    public void Every_deviation_is_listed()
    {
        Assert.Equal(Enum.GetValues<HardwareFaults>().Where(f => f != 0), Names.HardwareFaults.Select(c => c.Value));
        Assert.Equal(Enum.GetValues<HypervisorBugs>().Where(b => b != 0), Names.HypervisorBugs.Select(c => c.Value));
    }

    [Fact]
    public void A_name_is_read_back_and_a_wrong_one_is_not()
    {
        foreach (TouchedEntry entry in Enum.GetValues<TouchedEntry>())
        {
            Assert.True(Names.TryParse(Names.Of(entry), out TouchedEntry parsed));
            Assert.Equal(entry, parsed);
        }

        Assert.Equal(["int1", "int3", "into", "bound", "ud0", "ud1", "ud2"], Names.All<EventInstruction>());
        Assert.False(Names.TryParse("NotPresent", out TouchedEntry _));
    }
}
