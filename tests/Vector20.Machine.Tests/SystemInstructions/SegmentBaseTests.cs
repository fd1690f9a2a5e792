using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Msrs;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>RDFSBASE and its like; SWAPGS.</summary>
public class SegmentBaseTests
{
    private const ulong Address = 0xFFFF_8000_1234_5678;

    [Fact]
    [Manual("2D", "6.1", "WRFSBASE/WRGSBASE—Write FS/GS Segment Base")]
    [Manual("2B", "4.3", "RDFSBASE/RDGSBASE—Read FS/GS Segment Base")]
    public void The_bases_of_FS_and_GS_are_written_and_read_at_any_CPL()
    {
        Processor p = Faults.After(
            a => { a.mov(rax, Address); a.wrfsbase(rax); a.wrgsbase(eax); a.rdfsbase(rcx); a.rdgsbase(rdx); a.rdfsbase(esi); },
            cpl: 3, cr4: Cr4.FSGSBASE);
        Assert.Equal((Address, 0x1234_5678ul, 0x1234_5678ul), (p[1], p[2], p[6]));
        Assert.Equal(Address, p.Segment(SegmentName.Fs).Base);
    }

    [Fact]
    public void They_are_invalid_unless_enabled_and_outside_64_bit_mode()
    {
        Assert.Equal(Faults.InvalidOpcode, Faults.Of(0, a => a.rdfsbase(rax)));
        using Guest narrow = new GuestBuilder(GuestMode.Compatibility).ControlBits4(Cr4.FSGSBASE).Code(a => a.db(0xF3, 0x0F, 0xAE, 0xC0)).Load();
        Assert.Equal(Faults.InvalidOpcode, Faults.Of(narrow));
    }

    [Fact]
    public void A_non_canonical_base_is_a_protection_fault()
    {
        using Guest guest = new GuestBuilder().ControlBits4(Cr4.FSGSBASE).Code(a => { a.mov(rax, 0x8000_0000_0000); a.wrgsbase(rax); }).Load();
        Assert.Equal(Faults.ProtectionZero, Faults.Of(guest));
    }

    [Fact]
    [Manual("2B", "4.3", "SWAPGS—Swap GS Base Register")]
    public void SWAPGS_exchanges_the_base_with_the_MSR()
    {
        using Guest guest = new GuestBuilder().Code(a => a.swapgs()).Load();
        guest.Processor.Msrs[Msr.KernelGsBase] = Address;
        Assert.Null(Faults.Of(guest));
        Assert.Equal((Address, 0ul), (guest.Processor.Segment(SegmentName.Gs).Base, guest.Processor.Msrs[Msr.KernelGsBase]));
        Assert.Equal(Faults.ProtectionZero, Faults.Of(3, a => a.swapgs()));
    }
}
