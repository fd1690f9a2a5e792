using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>LGDT, LIDT, SGDT, SIDT, LLDT, LTR.</summary>
[Manual("3A", "2.8.1", "Loading and Storing System Registers")]
[Manual("3A", "2.8", "System Instruction Summary")]
public class DescriptorTableTests
{
    private const ushort Own = GuestLayout.FreeSelector;
    private static readonly byte[] s_table = [0x34, 0x12, 0x78, 0x56, 0x34, 0x92, 0xFF, 0xFF, 0xFF, 0xFF];

    [Fact]
    public void LGDT_loads_a_limit_and_a_base_as_wide_as_the_mode_has_it()
    {
        Assert.Equal(new TableRegister(0xFFFF_FFFF_9234_5678, 0x1234), Load(GuestMode.Long, a => a.lgdt(__[GuestLayout.Data])).Processor.Gdtr);
        Assert.Equal(new TableRegister(0x9234_5678, 0x1234), Load(GuestMode.Protected, a => a.lgdt(__[GuestLayout.Data])).Processor.Gdtr);
        Assert.Equal(new TableRegister(0x34_5678, 0x1234), Load(GuestMode.Protected, a => a.db(0x66, 0x0F, 0x01, 0x15, 0, 0, 5, 0)).Processor.Gdtr);
        Assert.Equal(new TableRegister(0xFFFF_FFFF_9234_5678, 0x1234), Load(GuestMode.Long, a => a.lidt(__[GuestLayout.Data])).Processor.Idtr);
    }

    [Fact]
    public void A_non_canonical_base_is_a_protection_fault()
    {
        using Guest guest = new GuestBuilder().Bytes(GuestLayout.Data, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0).Code(a => a.lgdt(__[GuestLayout.Data])).Load();
        Assert.Equal(Faults.ProtectionZero, Faults.Of(guest));
    }

    [Fact]
    public void SGDT_stores_what_is_there()
    {
        using Guest guest = Load(GuestMode.Long, a => a.sgdt(__[GuestLayout.Data + 0x100]));
        Assert.Equal(GuestLayout.GdtLength - 1, guest.Computer.Memory.Read<ushort>(new PhysicalAddress(GuestLayout.Data + 0x100)));
        Assert.Equal(GuestLayout.Gdt, guest.Computer.Memory.Read<ulong>(new PhysicalAddress(GuestLayout.Data + 0x102)));
    }

    [Fact]
    public void Loading_is_for_CPL_0()
    {
        foreach (Action<Assembler> load in (Action<Assembler>[])[a => a.lgdt(__[GuestLayout.Data]), a => a.lidt(__[GuestLayout.Data]), a => a.lldt(ax), a => a.ltr(ax)])
            Assert.Equal(Faults.ProtectionZero, Faults.Of(GuestMode.Protected, 3, load));
    }

    /// <summary>Access byte, selector bits or'ed, mode, the vector expected of LLDT.</summary>
    [Theory]
    [InlineData(0x82, 0, GuestMode.Protected, 0)]
    [InlineData(0x82, 0, GuestMode.Long, 0)]
    [InlineData(0x02, 0, GuestMode.Protected, 11)]
    [InlineData(0x89, 0, GuestMode.Protected, 13)]
    [InlineData(0x92, 0, GuestMode.Protected, 13)]
    [InlineData(0x82, 4, GuestMode.Protected, 13)]
    [Manual("2A", "3.3", "LLDT—Load Local Descriptor Table Register")]
    [Manual("3A", "2.4.2", "Local Descriptor Table Register (LDTR)")]
    public void LLDT_takes_LDTs_of_the_GDT(byte access, int table, GuestMode mode, byte vector)
    {
        using Guest guest = System(mode, access, a => { a.mov(eax, Own | table); a.lldt(ax); });
        Assert.Equal(vector == 0 ? null : Event.Exception((ExceptionVector)vector, (uint)(Own | table)), Faults.Of(guest));
        if (vector == 0) Assert.Equal(new SegmentRegister(Own, 0x5_2000, 0xFF, 0x82), guest.Processor.Ldtr);
    }

    [Fact]
    public void A_null_LDT_makes_local_selectors_faults()
    {
        Assert.Equal(Faults.Protection(0xC), Faults.Of(GuestMode.Protected, 0, a => { a.xor(eax, eax); a.lldt(ax); a.mov(al, 0xC); a.mov(ds, ax); }));
        using Guest guest = System(GuestMode.Protected, 0x82, a => { a.mov(eax, Own); a.lldt(ax); a.mov(eax, 0xC); a.mov(ds, ax); });
        guest.Computer.Memory.Write(new PhysicalAddress(0x5_2008), 0x00CF_9200_0000_FFFFul);
        Assert.Null(Faults.Of(guest));
    }

    [Theory]
    [InlineData(0x89, GuestMode.Protected, 0)]
    [InlineData(0x89, GuestMode.Long, 0)]
    [InlineData(0x81, GuestMode.Protected, 0)]
    [InlineData(0x81, GuestMode.Long, 13)]
    [InlineData(0x8B, GuestMode.Protected, 13)]
    [InlineData(0x09, GuestMode.Protected, 11)]
    [InlineData(0x82, GuestMode.Protected, 13)]
    [Manual("2A", "3.3", "LTR—Load Task Register")]
    [Manual("3A", "2.4.4", "Task Register (TR)")]
    [Manual("3A", "8.2.2", "TSS Descriptor")]
    public void LTR_takes_an_available_TSS_and_makes_it_busy(byte access, GuestMode mode, byte vector)
    {
        using Guest guest = System(mode, access, a => { a.mov(eax, Own); a.ltr(ax); });
        Assert.Equal(vector == 0 ? null : Event.Exception((ExceptionVector)vector, Own), Faults.Of(guest));
        byte after = guest.Computer.Memory.Read<byte>(new PhysicalAddress(GuestLayout.Gdt + Own + 5));
        Assert.Equal(vector == 0 ? access | 2 : access, after);
        Assert.Equal(vector == 0 ? Own : GuestLayout.TssSelector, guest.Processor.Tr.Selector);
    }

    [Fact]
    [Manual("3A", "3.5.2", "Segment Descriptor Tables in IA-32e Mode")]
    public void A_64_bit_LDT_has_a_64_bit_canonical_base()
    {
        using Guest high = System(GuestMode.Long, 0x82, a => { a.mov(eax, Own); a.lldt(ax); });
        high.Computer.Memory.Write(new PhysicalAddress(GuestLayout.Gdt + Own + 8), 0xFFFF_8000ul);
        Assert.Null(Faults.Of(high));
        Assert.Equal(0xFFFF_8000_0005_2000, high.Processor.Ldtr.Base);
        using Guest wild = System(GuestMode.Long, 0x82, a => { a.mov(eax, Own); a.lldt(ax); });
        wild.Computer.Memory.Write(new PhysicalAddress(GuestLayout.Gdt + Own + 8), 0x8000ul);
        Assert.Equal(Faults.Protection(Own), Faults.Of(wild));
    }

    private static Guest Load(GuestMode mode, Action<Assembler> code)
    {
        Guest guest = new GuestBuilder(mode).Bytes(GuestLayout.Data, s_table).Code(code).Load();
        Assert.Null(Faults.Of(guest));
        return guest;
    }

    private static Guest System(GuestMode mode, byte access, Action<Assembler> code) =>
        new GuestBuilder(mode).Descriptor(Own, 0x0000_0005_2000_00FF | (ulong)access << 40).Code(code).Load();
}
