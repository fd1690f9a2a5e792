using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>MOV to DS and SS, and what each descriptor makes of it.</summary>
public class SegmentLoadTests
{
    private const ushort Own = GuestLayout.FreeSelector;
    private const ulong Flat = 0x00CF_0000_0000_FFFF;

    /// <summary>Access byte (P, DPL, S, type), then CPL, RPL and the vector expected; 0 for none.</summary>
    public static TheoryData<byte, int, int, byte> DataSegments => new()
    {
        { 0x92, 0, 0, 0 },
        { 0x90, 0, 0, 0 },
        { 0x12, 0, 0, 11 },
        { 0x92, 3, 3, 13 },
        { 0x92, 0, 3, 13 },
        { 0xF2, 3, 3, 0 },
        { 0xF2, 0, 3, 0 },
        { 0x9A, 0, 0, 0 },
        { 0x98, 0, 0, 13 },
        { 0x9E, 3, 3, 0 },
        { 0x9C, 0, 0, 13 },
        { 0x82, 0, 0, 13 },
        { 0x89, 0, 0, 13 },
    };

    [Theory, MemberData(nameof(DataSegments))]
    [Manual("3A", "5.6", "Privilege Level Checking When Accessing Data Segments")]
    public void DS_takes_data_and_readable_code_that_CPL_and_RPL_may_use(byte access, int cpl, int rpl, byte vector)
    {
        using Guest guest = Load(access, cpl, (ushort)(Own | rpl), stack: false);
        Expect(guest, vector, Own);
    }

    public static TheoryData<byte, int, int, byte> StackSegments => new()
    {
        { 0x92, 0, 0, 0 },
        { 0x96, 0, 0, 0 },
        { 0x12, 0, 0, 12 },
        { 0x90, 0, 0, 13 },
        { 0x9A, 0, 0, 13 },
        { 0xF2, 0, 0, 13 },
        { 0x92, 0, 3, 13 },
        { 0xF2, 3, 3, 0 },
        { 0x92, 3, 3, 13 },
    };

    [Theory, MemberData(nameof(StackSegments))]
    [Manual("3A", "5.7", "Privilege Level Checking When Loading the SS Register")]
    public void SS_takes_writable_data_whose_DPL_and_RPL_are_the_CPL(byte access, int cpl, int rpl, byte vector)
    {
        using Guest guest = Load(access, cpl, (ushort)(Own | rpl), stack: true);
        Expect(guest, vector, Own);
    }

    [Fact]
    [Manual("3A", "3.4.3", "Segment Registers")]
    public void Loading_a_segment_sets_the_accessed_bit_of_its_descriptor()
    {
        using Guest guest = Load(0x92, 0, Own, stack: false);
        Assert.Null(Faults.Of(guest));
        Assert.Equal(0x93, guest.Computer.Memory.Read<byte>(new PhysicalAddress(GuestLayout.Gdt + Own + 5)));
        Assert.Equal(Own, guest.Processor.Segment(SegmentName.Ds).Selector);
    }

    [Fact]
    public void A_refused_load_leaves_the_register_and_the_accessed_bit()
    {
        using Guest guest = Load(0x12, 0, Own, stack: false);
        ushort before = guest.Processor.Segment(SegmentName.Ds).Selector;
        Assert.NotNull(Faults.Of(guest));
        Assert.Equal(before, guest.Processor.Segment(SegmentName.Ds).Selector);
        Assert.Equal(0x12, guest.Computer.Memory.Read<byte>(new PhysicalAddress(GuestLayout.Gdt + Own + 5)));
    }

    [Theory]
    [InlineData(0x1F8, false)]
    [InlineData(0x200, true)]
    [InlineData(0x1FC, true)]
    [Manual("3A", "3.5.1", "Segment Descriptor Tables")]
    public void A_selector_beyond_the_table_or_in_an_unusable_LDT_is_a_protection_fault(ushort selector, bool faults)
    {
        using Guest guest = new GuestBuilder(GuestMode.Protected).Descriptor(0x1F8, Flat | 0x92ul << 40)
            .Code(a => { a.mov(eax, selector); a.mov(ds, ax); }).Load();
        Assert.Equal(faults ? Faults.Protection(selector) : null, Faults.Of(guest));
    }

    [Fact]
    [Manual("3A", "3.4.2", "Segment Selectors")]
    public void A_null_selector_may_be_loaded_but_not_used()
    {
        Assert.Null(Faults.Of(GuestMode.Protected, 0, a => { a.xor(eax, eax); a.mov(ds, ax); }));
        Assert.Equal(Faults.ProtectionZero, Faults.Of(GuestMode.Protected, 0, a => { a.xor(eax, eax); a.mov(ds, ax); a.mov(al, __[GuestLayout.Data]); }));
    }

    [Theory]
    [InlineData(GuestMode.Protected, 0, 0, true)]
    [InlineData(GuestMode.Compatibility, 0, 0, true)]
    [InlineData(GuestMode.Long, 0, 0, false)]
    [InlineData(GuestMode.Long, 0, 1, true)]
    [InlineData(GuestMode.Long, 3, 3, true)]
    [Manual("3A", "5.4.1.1", "NULL Segment Checking in 64-bit Mode")]
    public void A_null_SS_is_for_64_bit_code_below_CPL_3_with_RPL_equal_to_CPL(GuestMode mode, int cpl, ushort selector, bool faults) =>
        Assert.Equal(faults ? Faults.ProtectionZero : null, Faults.Of(mode, cpl, a => { a.mov(eax, selector); a.mov(ss, ax); }));

    [Fact]
    [Manual("3B", "21.1.1", "Address Translation in Real-Address Mode")]
    public void Real_mode_shifts_the_selector_and_keeps_the_limit()
    {
        Processor p = Faults.After(a => { a.mov(eax, 0x1234); a.mov(ds, ax); }, mode: GuestMode.Real);
        Assert.Equal(new SegmentRegister(0x1234, 0x12340, 0xFFFF, 0x93), p.Segment(SegmentName.Ds));
    }

    [Fact]
    [Manual("3B", "21.2.1", "Enabling Virtual-8086 Mode")]
    public void Virtual_8086_mode_loads_64_KiB_segments_of_privilege_3()
    {
        Processor p = Faults.After(a => { a.mov(eax, 0x1234); a.mov(ds, ax); }, mode: GuestMode.Virtual8086, cpl: 3);
        Assert.Equal(new SegmentRegister(0x1234, 0x12340, 0xFFFF, 0xF3), p.Segment(SegmentName.Ds));
    }

    private static Guest Load(byte access, int cpl, ushort selector, bool stack) =>
        new GuestBuilder(GuestMode.Protected, cpl).Descriptor(Own, Flat | (ulong)access << 40)
            .Code(a =>
            {
                a.mov(eax, selector);
                a.mov(stack ? ss : ds, ax);
            }).Load();

    private static void Expect(Guest guest, byte vector, uint code) =>
        Assert.Equal(vector == 0 ? null : Event.Exception((ExceptionVector)vector, code), Faults.Of(guest));
}
