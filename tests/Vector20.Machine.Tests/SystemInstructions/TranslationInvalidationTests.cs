using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>INVLPG, INVPCID, INVD, WBINVD.</summary>
public class TranslationInvalidationTests
{
    private const uint Page = GuestLayout.Data + 0x3000, Entry = GuestLayout.PageTables + 0x7000 + (Page >> 12) * 8;

    [Fact]
    [Manual("2A", "3.3", "INVLPG—Invalidate TLB Entries")]
    [Manual("3A", "4.10.4.1", "Operations that Invalidate TLBs and Paging-Structure Caches")]
    public void INVLPG_makes_a_changed_entry_seen()
    {
        using Guest guest = new GuestBuilder().Bytes(Page, 1).Bytes(Page + 0x1000, 2).Code(a =>
        {
            a.mov(al, __byte_ptr[Page]);
            a.add(__qword_ptr[Entry], 0x1000);
            a.invlpg(__[Page]);
            a.mov(ah, __byte_ptr[Page]);
        }).Load();
        Assert.Null(Faults.Of(guest));
        Assert.Equal(0x0201, (ushort)guest.Processor[0]);
    }

    [Fact]
    [Manual("3A", "4.10.4.1", "Operations that Invalidate TLBs and Paging-Structure Caches")]
    public void INVLPG_of_one_address_forgets_a_whole_large_page()
    {
        const uint Large = 0x20_0000, Directory = GuestLayout.PageTables + 0x3000 + 8;
        using Guest guest = new GuestBuilder().Code(a =>
        {
            a.mov(__byte_ptr[Large + 0x5000], 7);
            a.mov(al, __byte_ptr[Large + 0x5000]);
            a.and(__qword_ptr[Directory], ~0x20_0000);
            a.invlpg(__[Large]);
            a.mov(ah, __byte_ptr[Large + 0x5000]);
        }).Load();
        Assert.Null(Faults.Of(guest));
        Assert.Equal(0x0007, (ushort)guest.Processor[0]);
    }

    [Fact]
    public void INVLPG_of_a_non_canonical_address_does_nothing() =>
        Assert.Null(Faults.Of(0, a => { a.mov(rax, 0x8000_0000_0000); a.invlpg(__[rax]); }));

    /// <summary>Type, PCID, linear address, PCIDs on, whether it faults.</summary>
    [Theory]
    [InlineData(0, 0, 0ul, false, false)]
    [InlineData(0, 0, 0x8000_0000_0000ul, false, true)]
    [InlineData(1, 0, 0x8000_0000_0000ul, false, false)]
    [InlineData(0, 1, 0ul, false, true)]
    [InlineData(0, 1, 0ul, true, false)]
    [InlineData(1, 1, 0ul, false, true)]
    [InlineData(2, 1, 0ul, false, false)]
    [InlineData(3, 0, 0ul, false, false)]
    [InlineData(3, 0x1000, 0ul, true, true)]
    [InlineData(4, 0, 0ul, false, true)]
    [Manual("2A", "3.3", "INVPCID—Invalidate Process-Context Identifier")]
    public void INVPCID_checks_its_type_and_descriptor(int type, ulong pcid, ulong linear, bool pcids, bool faults)
    {
        using Guest guest = new GuestBuilder().ControlBits4(pcids ? Cr4.PCIDE : 0).Code(a => { a.mov(eax, type); a.invpcid(rax, __xmmword_ptr[GuestLayout.Data]); }).Load();
        guest.Computer.Memory.Write(new PhysicalAddress(GuestLayout.Data), pcid);
        guest.Computer.Memory.Write(new PhysicalAddress(GuestLayout.Data + 8), linear);
        Assert.Equal(faults ? Faults.ProtectionZero : null, Faults.Of(guest));
    }

    [Fact]
    [Manual("2A", "3.3", "INVD—Invalidate Internal Caches")]
    [Manual("2D", "6.1", "WBINVD—Write Back and Invalidate Cache")]
    [Manual("3A", "5.9", "Privileged Instructions")]
    public void All_of_them_are_for_CPL_0()
    {
        foreach (Action<Iced.Intel.Assembler> code in (Action<Iced.Intel.Assembler>[])
            [a => a.invlpg(__[rax]), a => a.invpcid(rax, __xmmword_ptr[rsp]), a => a.invd(), a => a.wbinvd()])
        {
            Assert.Equal(Faults.ProtectionZero, Faults.Of(3, code));
        }

        Assert.Null(Faults.Of(0, a => { a.invd(); a.wbinvd(); }));
    }
}
