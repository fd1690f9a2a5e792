using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>XSAVE and XRSTOR.</summary>
public class StateSavingTests
{
    private const uint Area = GuestLayout.Data, Header = Area + 512, Pkru = Area + 2688;

    [Fact]
    [Manual("1", "13.7", "Operation of XSAVE")]
    [Manual("2D", "6.1", "XSAVE—Save Processor Extended States")]
    [Manual("1", "13.1", "XSAVE-Supported Features and State-Component Bitmaps")]
    public void XSAVE_writes_initial_x87_state_and_PKRU_and_says_which_is_in_use()
    {
        using Guest guest = Run(0x201, a => a.xsave(__[Area]), 0xAC);
        Assert.Null(Faults.Of(guest));
        Assert.Equal((0x37Ful, 0x200ul, 0xACul), (Read(guest, Area), Read(guest, Header), Read(guest, Pkru)));
        Assert.Equal(0xEEEE_EEEE_EEEE_EEEE, Read(guest, Area + 24));
        Assert.Equal(0ul, Read(guest, Area + 32));
    }

    [Fact]
    public void XSAVE_leaves_components_that_are_not_asked_for()
    {
        using Guest guest = Run(0x1, a => a.xsave(__[Area]), 0xAC, header: 0x200);
        Assert.Null(Faults.Of(guest));
        Assert.Equal((0x200ul, 0xEEEE_EEEE_EEEE_EEEEul), (Read(guest, Header), Read(guest, Pkru)));
    }

    [Theory]
    [InlineData(0x200ul, 0x5555_5554u)]
    [InlineData(0x0ul, 0u)]
    [Manual("1", "13.8", "Operation of XRSTOR")]
    [Manual("2D", "6.1", "XRSTOR—Restore Processor Extended States")]
    public void XRSTOR_loads_PKRU_or_its_initial_value(ulong header, uint expected)
    {
        using Guest guest = Run(0x200, a => a.xrstor(__[Area]), 0xAC, header);
        guest.Computer.Memory.Write(new PhysicalAddress(Pkru), 0x5555_5554ul);
        Assert.Null(Faults.Of(guest));
        Assert.Equal(expected, guest.Processor.Pkru);
    }

    [Theory]
    [InlineData(0x2ul, 0ul)]
    [InlineData(0x200ul, 1ul << 63)]
    [InlineData(0ul, 1ul << 63 | 2)]
    [InlineData(0ul, 1ul)]
    [Manual("1", "13.4.2", "XSAVE Header")]
    public void XRSTOR_refuses_components_that_are_not_enabled_or_have_no_place(ulong header, ulong next)
    {
        using Guest guest = Run(0x200, a => a.xrstor(__[Area]), 0, header);
        guest.Computer.Memory.Write(new PhysicalAddress(Header + 8), next);
        Assert.Equal(Faults.ProtectionZero, Faults.Of(guest));
    }

    [Fact]
    public void They_need_OSXSAVE_a_clear_TS_and_alignment()
    {
        Assert.Equal(Faults.InvalidOpcode, Faults.Of(0, a => a.xsave(__[Area])));
        using Guest misaligned = Run(1, a => a.xsave(__[Area + 32]), 0);
        Assert.Equal(Faults.ProtectionZero, Faults.Of(misaligned));
        using Guest switched = Run(1, a => a.xsave(__[Area]), 0, x87: false);
        switched.Processor.ControlRegister0 |= Cr0.TS;
        Assert.Equal(Event.Exception(ExceptionVector.DeviceNotAvailable), Faults.Of(switched));
    }

    private static Guest Run(uint components, Action<Assembler> code, uint pkru, ulong header = 0, bool x87 = true)
    {
        Guest guest = new GuestBuilder().ControlBits4(Cr4.OSXSAVE | Cr4.PKE).Bytes(Area, [.. Enumerable.Repeat((byte)0xEE, 2696)])
            .Code(a => { if (x87) a.fninit(); else a.nop(); a.mov(eax, components); a.xor(edx, edx); code(a); }).Load();
        for (uint offset = 0; offset < 64; offset += 8) guest.Computer.Memory.Write(new PhysicalAddress(Header + offset), offset == 0 ? header : 0);
        guest.Processor.Xcr0 = 0x201;
        guest.Processor.Pkru = pkru;
        return guest;
    }

    private static ulong Read(Guest guest, uint address) => guest.Computer.Memory.Read<ulong>(new PhysicalAddress(address));
}
