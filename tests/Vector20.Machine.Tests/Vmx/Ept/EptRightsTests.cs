using Vector20.Machine.Memory.Paging;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Tests.Vmx.Ept;

[Manual("3C", "29.3.3.2", "EPT Violations")]
[Manual("3C", "28.2.1", "Basic VM-Exit Information")]
public class EptRightsTests
{
    private static readonly EptAccessKind[] Kinds =
        [EptAccessKind.Read, EptAccessKind.Write, EptAccessKind.Read | EptAccessKind.Write, EptAccessKind.Fetch];

    [Theory]
    [InlineData(1, 4), InlineData(2, 4), InlineData(3, 4), InlineData(1, 5), InlineData(2, 5), InlineData(3, 5)]
    public void Every_pair_of_entries_allows_or_refuses_every_access_as_the_manual_says(int leaf, int levels)
    {
        using var guest = new EptGuest(leaf, levels);
        for (int rights = 0; rights < 512; rights++)
        {
            bool modeBased = (rights & 256) != 0;
            guest[leaf] = guest.Default(leaf) & ~EptGuest.All | Bits(rights & 15);
            guest[levels] = guest.Default(levels) & ~EptGuest.All | Bits(rights >> 4 & 15);
            var controls = new EptWalkControls(modeBased, 46, EptCapabilities.ExecuteOnly | EptCapabilities.Pages1GByte);
            EptWalk walk = EptWalk.Run(guest.Memory, EptTranslation.Pointer(guest.P), EptGuest.Address, controls);
            EptWalkEnd expected = ExpectedEnd(rights >> 4 & 15, rights & 15, modeBased);
            Assert.Equal(expected, walk.End);
            if (walk.End != EptWalkEnd.Mapped) continue;
            foreach (EptAccessKind kind in Kinds)
            {
                foreach (bool user in (ReadOnlySpan<bool>)[false, true])
                {
                    var access = new EptAccess(kind, EptAccessOrigin.Translation, 0, new PageRights(true, user, false, 0));
                    bool allowed = IsAllowed(rights & 15 & rights >> 4, kind, user, modeBased);
                    Assert.True(allowed == EptViolations.Allows(walk.All, access, modeBased), $"{rights:x} {kind} user {user}");
                }
            }
        }
    }

    [Fact]
    public void The_qualification_describes_access_rights_and_origin_bit_by_bit()
    {
        using var guest = new EptGuest();
        for (int bits = 0; bits < 2048; bits++)
        {
            bool modeBased = (bits & 16) != 0, user = (bits & 32) != 0, writable = (bits & 64) != 0, disabled = (bits & 128) != 0;
            bool advanced = (bits & 256) != 0;
            guest[1] = guest.Default(1) & ~EptGuest.All | Bits(bits & 15);
            var controls = new EptWalkControls(modeBased, 46, EptCapabilities.ExecuteOnly | (advanced ? EptCapabilities.AdvancedViolationInformation : 0));
            EptWalk walk = EptWalk.Run(guest.Memory, EptTranslation.Pointer(guest.P), EptGuest.Address, controls);
            if (walk.End == EptWalkEnd.Misconfigured) continue;
            var origin = (EptAccessOrigin)Math.Min(bits >> 9, 2);
            EptAccessKind kind = Kinds[bits % 4];
            ulong expected = (ulong)kind | ((ulong)bits & 7) << 3;
            if (modeBased && (bits & 8) != 0) expected |= 1 << 6;
            if (origin != EptAccessOrigin.PdpteLoad) expected |= 1 << 7;
            if (origin == EptAccessOrigin.Translation)
            {
                expected |= 1 << 8;
                if (advanced && user) expected |= 1 << 9;
                if (advanced && writable) expected |= 1 << 10;
                if (advanced && disabled) expected |= 1 << 11;
            }

            Assert.Equal(expected, EptViolations.Qualification(walk, new EptAccess(kind, origin, 0, new PageRights(writable, user, disabled, 0)), controls));
        }
    }

    /// <summary>Bit 3 of these four-bit rights is bit 10 of the entry.</summary>
    private static ulong Bits(int rights) => (uint)rights & 7 | ((rights & 8) != 0 ? EptEntry.ExecuteForUser : 0);

    private static EptWalkEnd ExpectedEnd(int upper, int lower, bool modeBased)
    {
        foreach (int entry in (ReadOnlySpan<int>)[upper, lower])
        {
            if ((entry & (modeBased ? 15 : 7)) == 0) return EptWalkEnd.NotPresent;
            if ((entry & 3) == 2) return EptWalkEnd.Misconfigured;
        }

        return EptWalkEnd.Mapped;
    }

    private static bool IsAllowed(int both, EptAccessKind kind, bool user, bool modeBased) => kind switch
    {
        EptAccessKind.Read => (both & 1) != 0,
        EptAccessKind.Write => (both & 2) != 0,
        EptAccessKind.Fetch when modeBased && user => (both & 8) != 0,
        EptAccessKind.Fetch => (both & 4) != 0,
        _ => (both & 3) == 3,
    };
}
