using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>Limits and types of data accesses through a segment register.</summary>
public class SegmentAccessTests
{
    private const ushort Own = GuestLayout.FreeSelector;

    /// <summary>Access byte, limit, D/B, offset of a doubleword, whether reading it faults.</summary>
    public static TheoryData<byte, uint, bool, uint, bool> Limits => new()
    {
        { 0x92, 0xFFF, true, 0xFFC, false },
        { 0x92, 0xFFF, true, 0xFFD, true },
        { 0x92, 0xFFF, true, 0xFFFF_FFFC, true },
        { 0x92, 0xFFF, true, 0xFFFF_FFFE, true },
        { 0x96, 0xFFF, true, 0x1000, false },
        { 0x96, 0xFFF, true, 0xFFF, true },
        { 0x96, 0xFFF, true, 0x2_0000, false },
        { 0x96, 0xFFF, false, 0xFFFC, false },
        { 0x96, 0xFFF, false, 0xFFFD, true },
        { 0x96, 0xFFF, false, 0x2_0000, true },
    };

    [Theory, MemberData(nameof(Limits))]
    [Manual("3A", "5.3", "Limit Checking")]
    public void Every_byte_of_an_access_lies_inside_the_limit(byte access, uint limit, bool big, uint offset, bool faults)
    {
        using Guest guest = new GuestBuilder(GuestMode.Protected).Descriptor(Own, Descriptor(access, limit, big))
            .Code(a => { a.mov(eax, Own); a.mov(es, ax); a.mov(ebx, offset); a.mov(eax, __dword_ptr.es[ebx]); }).Load();
        Assert.Equal(faults ? Faults.ProtectionZero : null, Faults.Of(guest));
    }

    [Fact]
    [Manual("3A", "5.3", "Limit Checking")]
    public void Beyond_the_stack_segment_it_is_a_stack_fault()
    {
        using Guest guest = new GuestBuilder(GuestMode.Protected).Descriptor(Own, Descriptor(0x92, 0xFFF, big: true))
            .Code(a => { a.mov(eax, Own); a.mov(ss, ax); a.mov(eax, __dword_ptr.ss[0x1000]); }).Load();
        Assert.Equal(Event.Exception(ExceptionVector.StackFault, 0), Faults.Of(guest));
    }

    /// <summary>Access byte, whether it may be read, whether it may be written.</summary>
    [Theory]
    [InlineData(0x92, true, true)]
    [InlineData(0x90, true, false)]
    [InlineData(0x9A, true, false)]
    [Manual("3A", "5.4", "Type Checking")]
    public void The_type_decides_what_may_be_done(byte access, bool read, bool write)
    {
        Assert.Equal(read, Allowed(access, a => a.mov(eax, __dword_ptr.es[0])));
        Assert.Equal(write, Allowed(access, a => a.mov(__dword_ptr.es[0], eax)));
        Assert.Equal(write, Allowed(access, a => a.add(__dword_ptr.es[0], eax)));
    }

    [Fact]
    [Manual("3A", "5.4", "Type Checking")]
    public void The_running_code_segment_is_not_written_through_DS_either() =>
        Assert.Equal(Faults.ProtectionZero, Faults.Of(GuestMode.Protected, 0, a => { a.mov(eax, cs); a.mov(ds, ax); a.mov(__dword_ptr[GuestLayout.Data], eax); }));

    [Fact]
    [Manual("3A", "5.4", "Type Checking")]
    public void Execute_only_code_is_not_read_and_no_code_is_written_through_CS()
    {
        Assert.Equal(Faults.ProtectionZero, Faults.Of(GuestMode.Protected, 0, a => a.mov(__dword_ptr.cs[GuestLayout.Data], eax)));
        using Guest guest = new GuestBuilder(GuestMode.Protected).Code(a => a.mov(eax, __dword_ptr.cs[GuestLayout.Data])).Load();
        Assert.Null(Faults.Of(guest));
        using Guest hidden = new GuestBuilder(GuestMode.Protected).Code(a => a.mov(eax, __dword_ptr.cs[GuestLayout.Data])).Load();
        hidden.Processor.SetSegment(SegmentName.Cs, hidden.Processor.Segment(SegmentName.Cs) with { AccessRights = 0xC099 });
        Assert.Equal(Faults.ProtectionZero, Faults.Of(hidden));
    }

    [Theory]
    [InlineData(0xFFFC, false)]
    [InlineData(0xFFFD, true)]
    [Manual("3B", "21.1.1", "Address Translation in Real-Address Mode")]
    public void Real_mode_has_limits_too(int offset, bool faults) =>
        Assert.Equal(faults ? 13 : (int?)null, (int?)Faults.Of(GuestMode.Real, 0, a => { a.mov(ebx, offset); a.mov(eax, __dword_ptr[bx]); })?.Vector);

    private static bool Allowed(byte access, Action<Iced.Intel.Assembler> code)
    {
        using Guest guest = new GuestBuilder(GuestMode.Protected).Descriptor(Own, Descriptor(access, 0xF_FFFF, big: true))
            .Code(a => { a.mov(eax, Own); a.mov(es, ax); code(a); }).Load();
        return Faults.Of(guest) is null;
    }

    private static ulong Descriptor(byte access, uint limit, bool big) =>
        limit & 0xFFFF | (ulong)GuestLayout.Data << 16 | (ulong)access << 40 | (ulong)(limit >> 16) << 48 | (big ? 1ul << 54 : 0);
}
