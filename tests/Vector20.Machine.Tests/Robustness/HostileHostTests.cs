using Vector20.Machine.Tests.Robustness.HostileHosts;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Robustness;

/// <summary>
/// Hosts in machine code that write anything into their VMCSs, EPT tables and lists of MSRs and enter guests of garbage: whatever they do, the
/// machine goes on, and every attempt to enter a guest ends as the manual allows.
/// </summary>
public class HostileHostTests
{
    /// <summary>How many attempts the slow test makes; the environment may ask for more, and for other seeds.</summary>
    private static readonly long s_attempts = long.TryParse(Environment.GetEnvironmentVariable("VECTOR20_HOSTILE_ENTRIES"), out long asked) ? asked : 1_000_000;

    private static readonly int s_firstSeed = int.TryParse(Environment.GetEnvironmentVariable("VECTOR20_HOSTILE_SEED"), out int asked) ? asked : 1;

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_million_VM_entries_of_hostile_hosts_end_as_the_manual_allows()
    {
        HostileCampaign campaign = HostileCampaign.Run(s_firstSeed, s_attempts);
        TestContext.Current.TestOutputHelper?.WriteLine(campaign.ToString());
        Assert.True(campaign.Broken is null, campaign.Broken);
        Assert.True(campaign.Attempts >= s_attempts, campaign.ToString());
    }

    [Fact]
    public void The_first_hosts()
    {
        HostileCampaign campaign = HostileCampaign.Run(100_000_000, 20_000);
        TestContext.Current.TestOutputHelper?.WriteLine(campaign.ToString());
        Assert.True(campaign.Broken is null, campaign.Broken);
    }
}
