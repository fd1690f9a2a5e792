using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>LAR, LSL, VERR, VERW, ARPL.</summary>
[Manual("3A", "5.10", "Pointer Validation")]
public class SegmentQueryTests
{
    private const ushort Own = GuestLayout.FreeSelector;
    private const ulong Big = 0x00CF_0000_0000_1234;

    /// <summary>Access byte, CPL, then whether LAR, LSL, VERR and VERW find it, in protected mode.</summary>
    public static TheoryData<byte, int, bool, bool, bool, bool> Descriptors => new()
    {
        { 0x92, 0, true, true, true, true },
        { 0x90, 0, true, true, true, false },
        { 0x9A, 0, true, true, true, false },
        { 0x98, 0, true, true, false, false },
        { 0x92, 3, false, false, false, false },
        { 0x9E, 3, true, true, true, false },
        { 0xF2, 3, true, true, true, true },
        { 0x12, 0, true, true, true, true },
        { 0x82, 0, true, true, false, false },
        { 0x89, 0, true, true, false, false },
        { 0x81, 0, true, true, false, false },
        { 0x8C, 0, true, false, false, false },
        { 0x84, 0, true, false, false, false },
        { 0x85, 0, true, false, false, false },
        { 0x8E, 0, false, false, false, false },
        { 0x80, 0, false, false, false, false },
    };

    [Theory, MemberData(nameof(Descriptors))]
    [Manual("2D", "6.1", "VERR/VERW—Verify a Segment for Reading or Writing")]
    public void Each_query_sees_descriptors_of_its_kind_at_or_above_CPL(byte access, int cpl, bool lar, bool lsl, bool verr, bool verw)
    {
        Assert.Equal(lar, Found(GuestMode.Protected, access, cpl, a => a.lar(ebx, eax)));
        Assert.Equal(lsl, Found(GuestMode.Protected, access, cpl, a => a.lsl(ebx, eax)));
        Assert.Equal(verr, Found(GuestMode.Protected, access, cpl, a => a.verr(ax)));
        Assert.Equal(verw, Found(GuestMode.Protected, access, cpl, a => a.verw(ax)));
    }

    [Theory]
    [InlineData(0x81, false)]
    [InlineData(0x84, false)]
    [InlineData(0x85, false)]
    [InlineData(0x82, true)]
    [InlineData(0x8C, true)]
    [Manual("2A", "3.3", "LAR—Load Access Rights Byte")]
    [Manual("3A", "3.5", "System Descriptor Types")]
    public void IA32e_mode_knows_fewer_system_types(byte access, bool lar) => Assert.Equal(lar, Found(GuestMode.Long, access, 0, a => a.lar(ebx, eax)));

    [Fact]
    [Manual("2A", "3.3", "LSL—Load Segment Limit")]
    [Manual("3A", "3.4.5", "Segment Descriptors")]
    public void LAR_and_LSL_give_rights_and_scaled_limit()
    {
        using Guest guest = Build(GuestMode.Protected, 0x92, 0, a => { a.lar(ebx, eax); a.lsl(ecx, eax); a.mov(edx, -1); a.lar(dx, ax); });
        Assert.Null(Faults.Of(guest));
        Processor p = guest.Processor;
        Assert.Equal((0x00C0_9200ul, 0xF123_4FFFul, 0xFFFF_9200ul), (p[3], p[1], p[2]));
    }

    [Fact]
    public void A_null_selector_or_one_beyond_the_table_is_just_not_found()
    {
        Assert.False(Found(GuestMode.Protected, 0x92, 0, a => { a.mov(eax, 3); a.verr(ax); }));
        Assert.False(Found(GuestMode.Protected, 0x92, 0, a => { a.mov(eax, 0xFFF8); a.lar(ebx, eax); }));
    }

    [Theory]
    [InlineData(0x10, 0x03, 0x13, true)]
    [InlineData(0x12, 0x01, 0x12, false)]
    [InlineData(0x12, 0x02, 0x12, false)]
    [Manual("2A", "3.3", "ARPL—Adjust RPL Field of Segment Selector")]
    public void ARPL_raises_the_RPL_to_that_of_the_caller(int selector, int caller, int result, bool zero)
    {
        Processor p = Faults.After(a => { a.mov(eax, selector); a.mov(ecx, caller); a.arpl(ax, cx); }, mode: GuestMode.Protected);
        Assert.Equal(((ulong)result, zero), (p[0], (p.Rflags & Eflags.ZF) != 0));
    }

    [Theory]
    [InlineData(GuestMode.Real)]
    [InlineData(GuestMode.Virtual8086)]
    public void Outside_protected_mode_they_are_invalid(GuestMode mode)
    {
        foreach (Action<Assembler> query in (Action<Assembler>[])[a => a.lar(bx, ax), a => a.lsl(bx, ax), a => a.verr(ax), a => a.verw(ax), a => a.arpl(ax, bx), a => a.sldt(ax), a => a.str(ax)])
            Assert.Equal(Faults.InvalidOpcode, Faults.Of(mode, 0, query));
    }

    private static bool Found(GuestMode mode, byte access, int cpl, Action<Assembler> query)
    {
        using Guest guest = Build(mode, access, cpl, query);
        Assert.Null(Faults.Of(guest));
        return (guest.Processor.Rflags & Eflags.ZF) != 0;
    }

    private static Guest Build(GuestMode mode, byte access, int cpl, Action<Assembler> query) =>
        new GuestBuilder(mode, cpl).Descriptor(Own, Big | (ulong)access << 40).Code(a => { a.mov(eax, Own | cpl); query(a); }).Load();
}
