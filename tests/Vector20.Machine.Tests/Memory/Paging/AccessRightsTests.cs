using Vector20.Machine.Memory;
using Vector20.Machine.Memory.Paging;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Tests.Memory.Paging;

[Manual("3A", "4.6.1", "Determination of Access Rights")]
[Manual("3A", "4.6.2", "Protection Keys")]
[Manual("3A", "4.7", "Page-Fault Exceptions")]
public class AccessRightsTests
{
    private const int Key = 5;
    private static readonly AccessKind[] Kinds = [AccessKind.Read, AccessKind.Write, AccessKind.Execute];
    private static readonly AccessMode[] Modes = [AccessMode.User, AccessMode.Supervisor, AccessMode.SupervisorOverride];

    /// <summary>Paging mode, level of the entry that maps the page, another level whose bits vary.</summary>
    public static TheoryData<int, int, int> Shapes => new()
    {
        { (int)PagingMode.Bits32, 1, 2 }, { (int)PagingMode.Bits32, 2, 2 },
        { (int)PagingMode.Pae, 1, 2 }, { (int)PagingMode.Pae, 2, 2 },
        { (int)PagingMode.FourLevel, 1, 2 }, { (int)PagingMode.FourLevel, 1, 4 }, { (int)PagingMode.FourLevel, 2, 3 }, { (int)PagingMode.FourLevel, 3, 4 },
        { (int)PagingMode.FiveLevel, 1, 5 }, { (int)PagingMode.FiveLevel, 3, 4 },
    };

    [Theory, MemberData(nameof(Shapes))]
    [Manual("3A", "4.1.3", "Paging-Mode Modifiers")]
    public void Every_combination_of_rights_and_controls_allows_and_faults_as_the_manual_says(int mode, int leaf, int other)
    {
        using var guest = new PagingGuest((PagingMode)mode, leaf);
        bool longMode = guest.Mode >= PagingMode.FourLevel;
        for (int rights = 0; rights < 64; rights++)
        {
            for (int controls = 0; controls < 128; controls++)
            {
                bool nxe = Bit(controls, 3), pke = Bit(controls, 4);
                bool xdDefined = nxe && guest.Mode != PagingMode.Bits32;
                if (!xdDefined && rights >> 4 != 0 || !pke && controls >> 5 != 0 || pke && !longMode) continue;
                AccessRightsOracle oracle = Prepare(guest, rights, controls, leaf, other);
                foreach (AccessKind kind in Kinds)
                    foreach (AccessMode access in Modes)
                        Assert.True(oracle.Expect(kind, access) == guest.Access(kind, access), $"{oracle} {kind} {access}");
            }
        }
    }

    [Fact]
    public void Keys_apply_only_where_the_entry_that_maps_the_page_is_a_users_too()
    {
        using var guest = new PagingGuest(PagingMode.FourLevel);
        guest.P.ControlRegister4 |= Cr4.PKE;
        guest.P.Pkru = uint.MaxValue;
        Assert.Equal(PageFaultCode.Present | PageFaultCode.ProtectionKey, guest.Access(AccessKind.Read, AccessMode.Supervisor));
        guest[1] &= ~PagingEntry.User;
        Assert.Null(guest.Access(AccessKind.Read, AccessMode.Supervisor));
    }

    private static AccessRightsOracle Prepare(PagingGuest guest, int rights, int controls, int leaf, int other)
    {
        Processor p = guest.P;
        guest[other] = Entry(guest, other, Bit(rights, 0), Bit(rights, 2), Bit(rights, 4));
        guest[leaf] = Entry(guest, leaf, Bit(rights, 1), Bit(rights, 3), Bit(rights, 5)) | (guest.Mode >= PagingMode.FourLevel ? (ulong)Key << 59 : 0);
        bool wp = Bit(controls, 0), smep = Bit(controls, 1), smap = Bit(controls, 2), nxe = Bit(controls, 3), pke = Bit(controls, 4);
        bool ad = Bit(controls, 5), wd = Bit(controls, 6);
        p.ControlRegister0 = Cr0.PE | Cr0.PG | (wp ? Cr0.WP : 0);
        p.ControlRegister4 = p.ControlRegister4 & ~(Cr4.SMEP | Cr4.SMAP | Cr4.PKE) | (smep ? Cr4.SMEP : 0) | (smap ? Cr4.SMAP : 0) | (pke ? Cr4.PKE : 0);
        p.ExtendedFeatures = p.ExtendedFeatures & ~Efer.NXE | (nxe ? Efer.NXE : 0);
        p.Pkru = (ad ? 1u << 2 * Key : 0) | (wd ? 2u << 2 * Key : 0);
        bool[] Pair(int first) => other == leaf ? [Bit(rights, first + 1)] : [Bit(rights, first), Bit(rights, first + 1)];
        return new AccessRightsOracle(guest.Mode, Pair(0), Pair(2), Pair(4), wp, smep, smap, nxe, pke, ad, wd);
    }

    private static ulong Entry(PagingGuest guest, int level, bool w, bool u, bool xd) =>
        guest.Default(level) & ~PagingGuest.Permissive | PagingEntry.Present
        | (w ? PagingEntry.Writable : 0) | (u ? PagingEntry.User : 0) | (xd ? PagingEntry.ExecuteDisable : 0);

    private static bool Bit(int value, int bit) => (value >> bit & 1) != 0;
}
