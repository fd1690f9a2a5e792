using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Snapshots;
using Vector20.Machine.Tests.SystemInstructions;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vectors;

/// <summary>FXSAVE, the XSAVE instructions and their counterparts on x87, XMM and YMM registers.</summary>
public class SavedStateTests
{
    private const uint Area = GuestLayout.Data;
    private const ulong Enabled = Cr4.OSFXSR | Cr4.OSXMMEXCPT | Cr4.OSXSAVE;

    [Fact]
    [Manual("1", "10.5", "FXSAVE and FXRSTOR Instructions")]
    [Manual("1", "10.5.1", "FXSAVE Area")]
    [Manual("2A", "3.3", "FXSAVE—Save x87 FPU, MMX Technology, and SSE State")]
    [Manual("2A", "3.3", "FXRSTOR—Restore x87 FPU, MMX, XMM, and MXCSR State")]
    public void FXSAVE_and_FXRSTOR_bring_back_what_was_there()
    {
        using Guest guest = Load(a => { a.fninit(); a.fld1(); a.fxsave64(__[Area]); a.fninit(); a.pxor(xmm9, xmm9); a.fxrstor64(__[Area]); });
        Assert.Null(Faults.Of(guest));
        Assert.Equal((0x37Ful, 0x80ul, 0xFFFFul << 32 | 0x1F80), (Read(guest, 0) & 0xFFFF, Read(guest, 4) & 0xFF, Read(guest, 24)));
        Assert.Equal((0x8000_0000_0000_0000, 0x3FFFul), (Read(guest, 32), Read(guest, 40)));
        Assert.Equal(Pattern(9), Read(guest, 160 + 16 * 9));
        Assert.Equal(Pattern(9), guest.Processor.Xmm(9).AsUInt64().ToScalar());
        Assert.Equal((ushort)0x80, guest.Processor.Extended.File.Valid);
    }

    [Theory]
    [InlineData(8u, 0x1F80u)]
    [InlineData(0u, 0x1_1F80u)]
    [Manual("2A", "3.3", "FXRSTOR—Restore x87 FPU, MMX, XMM, and MXCSR State")]
    public void FXRSTOR_refuses_misaligned_areas_and_reserved_bits_of_MXCSR(uint offset, uint mxcsr)
    {
        using Guest guest = Load(a => { a.mov(__dword_ptr[Area + offset + 24], (int)mxcsr); a.fxrstor(__[Area + offset]); });
        Assert.Equal(Faults.ProtectionZero, Faults.Of(guest));
    }

    [Fact]
    [Manual("1", "13.6", "Processor Tracking of XSAVE-Managed State")]
    [Manual("1", "13.9", "Operation of XSAVEOPT")]
    [Manual("2D", "6.1", "XSAVEOPT—Save Processor Extended States Optimized")]
    [Manual("1", "13.4.1", "Legacy Region of an XSAVE Area")]
    public void XSAVEOPT_writes_only_what_is_in_use()
    {
        using Guest guest = Load(a => { a.fninit(); Ask(a, 7); a.vzeroupper(); a.mov(__qword_ptr[Area + 576], 5); a.mov(__qword_ptr[Area], 5); a.xsaveopt64(__[Area]); });
        Assert.Null(Faults.Of(guest));
        Assert.Equal((2ul, 5ul), (Read(guest, 512), Read(guest, 576)));
        Assert.Equal(Pattern(2), Read(guest, 160 + 16 * 2));
    }

    [Fact]
    [Manual("1", "13.10", "Operation of XSAVEC")]
    [Manual("2D", "6.1", "XSAVEC—Save Processor Extended States With Compaction")]
    [Manual("1", "13.4.3", "Extended Region of an XSAVE Area")]
    public void XSAVEC_packs_the_components_that_are_asked_for()
    {
        using Guest guest = Load(a => { a.fninit(); Ask(a, 0x206); a.xsavec64(__[Area]); });
        guest.Processor.Pkru = 0xAC;
        Assert.Null(Faults.Of(guest));
        Assert.Equal((0x206ul, 1ul << 63 | 0x206), (Read(guest, 512), Read(guest, 520)));
        Assert.Equal((Pattern(3) + 1, 0xACul), (Read(guest, 576 + 16 * 3), Read(guest, 576 + 256)));
    }

    [Fact]
    [Manual("1", "13.11", "Operation of XSAVES")]
    [Manual("1", "13.12", "Operation of XRSTORS")]
    [Manual("2D", "6.1", "XSAVES—Save Processor Extended States Supervisor")]
    [Manual("2D", "6.1", "XRSTORS—Restore Processor Extended States Supervisor")]
    public void XSAVES_and_XRSTORS_bring_back_what_was_there_at_CPL_0_only()
    {
        using Guest guest = Load(a => { a.fninit(); a.fld1(); Ask(a, 7); a.xsaves64(__[Area]); a.vzeroall(); a.fninit(); a.xrstors64(__[Area]); });
        Assert.Null(Faults.Of(guest));
        Assert.Equal((Pattern(5), Pattern(5) + 1), (guest.Processor.Ymm(5).AsUInt64()[0], guest.Processor.Ymm(5).AsUInt64()[2]));
        Assert.Equal((ushort)0x80, guest.Processor.Extended.File.Valid);
        using Guest user = Load(a => a.xsaves64(__[Area]), cpl: 3);
        Assert.Equal(Faults.ProtectionZero, Faults.Of(user));
        using Guest standard = Load(a => { Ask(a, 7); a.xrstors64(__[Area]); });
        Assert.Equal(Faults.ProtectionZero, Faults.Of(standard));
    }

    [Fact]
    [Manual("1", "13.8", "Operation of XRSTOR")]
    public void XRSTOR_gives_absent_components_their_initial_configuration()
    {
        using Guest guest = Load(a => { Ask(a, 7); a.mov(__dword_ptr[Area + 24], 0x1FA0); a.xrstor64(__[Area]); });
        Assert.Null(Faults.Of(guest));
        Assert.Equal((default, 0x1FA0u, (ushort)0x37F, (ushort)0), (guest.Processor.Ymm(4), guest.Processor.Extended.File.Mxcsr,
            guest.Processor.Extended.File.ControlWord, guest.Processor.Extended.File.Valid));
    }

    [Theory]
    [InlineData(0u, 0x207ul)]
    [InlineData(1u, 6ul)]
    [Manual("2D", "6.1", "XGETBV—Get Value of Extended Control Register")]
    public void XGETBV_of_1_gives_the_components_in_use(uint index, ulong expected)
    {
        using Guest guest = Load(a => { a.fninit(); a.mov(ecx, index); a.xgetbv(); });
        foreach (ref Extended80 register in (Span<Extended80>)guest.Processor.Extended.File.Physical) register = default;
        Assert.Null(Faults.Of(guest));
        Assert.Equal(expected, guest.Processor[0]);
    }

    [Fact]
    [Manual("1", "10.2", "SSE Programming Environment")]
    public void A_fork_shares_the_registers_until_one_of_the_two_uses_them()
    {
        using Guest guest = Load(a => { a.nop(); a.pxor(xmm3, xmm3); });
        using Computer fork = guest.Computer.Fork();
        Assert.Same(guest.Processor.Extended, fork.Processors[0].Extended);
        UInt128 before = StateHash.Of(fork);
        Assert.Null(Faults.Of(guest));
        Assert.NotSame(guest.Processor.Extended, fork.Processors[0].Extended);
        Assert.Equal((0ul, Pattern(3)), (guest.Processor.Xmm(3).AsUInt64().ToScalar(), fork.Processors[0].Xmm(3).AsUInt64().ToScalar()));
        Assert.Equal(before, StateHash.Of(fork));
    }

    private static ulong Pattern(int register) => 0x1111_0000_0000_0000 + (ulong)register * 0x100;

    private static void Ask(Assembler a, uint components)
    {
        a.mov(eax, components);
        a.xor(edx, edx);
    }

    /// <summary>A guest whose YMM registers hold a pattern each.</summary>
    private static Guest Load(Action<Assembler> code, int cpl = 0)
    {
        Guest guest = new GuestBuilder(GuestMode.Long, cpl).ControlBits4(Enabled | Cr4.PKE).Code(code).Load();
        guest.Processor.SetXcr0(cpl == 0 ? 0x207ul : 7);
        guest.Processor.OwnExtended();
        for (int i = 0; i < 16; i++) guest.Processor.Ymm(i) = Vector256.Create(Pattern(i), 0, Pattern(i) + 1, 0).AsByte();
        return guest;
    }

    private static ulong Read(Guest guest, uint offset) => guest.Computer.Memory.Read<ulong>(new PhysicalAddress(Area + offset));
}
