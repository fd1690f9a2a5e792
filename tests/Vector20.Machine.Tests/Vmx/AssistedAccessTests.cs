using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx;

[Manual("3C", "29.3.3.1", "EPT Misconfigurations")]
public class AssistedAccessTests
{
    /// <summary>A linear page of the guest that it maps to <see cref="Device"/>.</summary>
    private const uint Window = 0x7_0000;

    /// <summary>2 MiB of guest-physical addresses that EPT misconfigures.</summary>
    private const ulong Device = 0x20_0000;

    [Fact]
    public void A_load_gets_what_the_hypervisor_answers()
    {
        (VmxGuest guest, Recorder device) = Run(a => a.mov(eax, __dword_ptr[Window + 0x24]));
        using VmxGuest _ = guest;
        Assert.Equal(ExitReason.EptMisconfiguration, guest.Reason);
        Assert.Equal(Device + 0x24, guest.Last[VmcsField.GuestPhysicalAddress]);
        Assert.Single(guest.Exits);
        Assert.Equal([(Device + 0x24, 4, 0ul, false)], device.Accesses);
        Assert.Equal(0x1122_3344ul, guest.Processor[0]);
    }

    [Fact]
    public void A_read_modify_write_reads_and_writes_and_sets_flags()
    {
        (VmxGuest guest, Recorder device) = Run(a => { a.stc(); a.adc(__byte_ptr[Window], 1); a.setb(bl); });
        using VmxGuest _ = guest;
        Assert.Equal([(Device, 1, 0ul, false), (Device, 1, 0x46ul, true)], device.Accesses);
    }

    [Fact]
    public void Only_the_one_instruction_is_assisted()
    {
        (VmxGuest guest, Recorder device) = Run(a => { a.mov(__word_ptr[Window], 5); a.mov(__word_ptr[Window + 2], 6); });
        using VmxGuest _ = guest;
        Assert.Equal(2, guest.Exits.Count);
        Assert.Equal([(Device, 2, 5ul, true), (Device + 2, 2, 6ul, true)], device.Accesses);
    }

    [Fact]
    public void An_access_to_another_page_of_the_same_instruction_goes_its_own_way()
    {
        (VmxGuest guest, Recorder device) = Run(a =>
        {
            a.mov(esi, Window);
            a.mov(edi, GuestLayout.Data);
            a.movsd();
        });
        using VmxGuest _ = guest;
        Assert.Single(device.Accesses);
        Assert.Equal(0x1122_3344u, guest.Memory.Read<uint>(new PhysicalAddress(GuestLayout.Data)));
    }

    [Fact]
    public void Without_assistance_the_instruction_exits_again()
    {
        using VmxGuest guest = Build(a => a.mov(eax, __dword_ptr[Window]));
        guest.OnExit = g => { if (g.Exits.Count == 3) g.Stay(); };
        guest.Run();
        Assert.Equal(3, guest.Exits.Count);
        Assert.Single(guest.Exits.Select(exit => exit[VmcsField.GuestRip]).Distinct());
    }

    /// <summary>
    /// A guest may leave between the VM entry that assists and the instruction, for an interrupt of the host's: the next entry assists nothing, and
    /// what exits then has had no help yet.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Only_an_instruction_that_was_entered_with_assistance_had_it_in_vain(bool assisted)
    {
        using VmxGuest guest = Build(a => a.nop());
        VmxState vmx = guest.Processor.Vmx;
        vmx.Assist(Device, new Recorder());
        AssistedAccess.Begin(guest.Processor);
        vmx.AssistedMemory = assisted ? vmx.AssistedMemory : null;
        AssistedAccess.Begin(guest.Processor);
        Assert.Equal(assisted, vmx.AssistedInVain(guest.Processor.Now + 1));
    }

    private static (VmxGuest Guest, Recorder Device) Run(Action<Assembler> code)
    {
        VmxGuest guest = Build(code);
        var device = new Recorder();
        guest.OnExit = g => g.Processor.Vmx.Assist(g.Vmcs[VmcsField.GuestPhysicalAddress], device);
        return (guest.Run(100), device);
    }

    private static VmxGuest Build(Action<Assembler> code)
    {
        var guest = new VmxGuest(new GuestBuilder().Page(Window, Device | 3).Code(a =>
        {
            code(a);
            Label forever = a.CreateLabel();
            a.Label(ref forever);
            a.jmp(forever);
        }));
        guest.MapLarge(Device, 6);
        return guest;
    }

    private sealed class Recorder : IAssistedMemory
    {
        public List<(ulong Address, int Size, ulong Value, bool Write)> Accesses { get; } = [];

        public ulong Read(ulong guestPhysical, int size)
        {
            Accesses.Add((guestPhysical, size, 0, false));
            return 0x1122_3344 & (1ul << 8 * size) - 1;
        }

        public void Write(ulong guestPhysical, int size, ulong value) => Accesses.Add((guestPhysical, size, value, true));
    }
}
