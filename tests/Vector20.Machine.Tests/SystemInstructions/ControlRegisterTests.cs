using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Models;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>MOV to CR0, CR3, CR4 and CR8; LMSW, SMSW, CLTS.</summary>
[Manual("2B", "4.3", "MOV—Move to/from Control Registers")]
public class ControlRegisterTests
{
    private const ulong Running = Cr0.PE | Cr0.ET | Cr0.NE | Cr0.PG | Cr0.WP;

    [Theory]
    [InlineData(Running, false)]
    [InlineData(Running | Cr0.CD, false)]
    [InlineData(Running | Cr0.CD | Cr0.NW, false)]
    [InlineData(Running | Cr0.NW, true)]
    [InlineData(Running & ~Cr0.PE, true)]
    [InlineData(Running & ~Cr0.PG, true)]
    [InlineData(Running | 1ul << 32, true)]
    [InlineData(Running | 1ul << 19, false)]
    public void CR0_refuses_impossible_combinations(ulong value, bool faults) =>
        Assert.Equal(faults ? Faults.ProtectionZero : null, Faults.Of(0, a => { a.mov(rax, value); a.mov(cr0, rax); }));

    [Fact]
    public void Reserved_bits_of_CR0_below_32_stay_0_and_ET_stays_1()
    {
        Processor p = Faults.After(a => { a.mov(rax, Running & ~Cr0.ET | 1ul << 19 | 1 << 8); a.mov(cr0, rax); });
        Assert.Equal(Running, p.ControlRegister0);
    }

    [Theory]
    [InlineData(Cr4.PAE, false)]
    [InlineData(0, true)]
    [InlineData(Cr4.PAE | Cr4.LA57, true)]
    [InlineData(Cr4.PAE | Cr4.PCIDE, false)]
    [InlineData(Cr4.PAE | Cr4.SMXE, true)]
    [InlineData(Cr4.PAE | 1ul << 15, true)]
    [InlineData(Cr4.PAE | 1ul << 40, true)]
    [InlineData(Cr4.PAE | Cr4.CET, true)]
    public void CR4_refuses_reserved_bits_and_changes_of_the_paging_mode_in_use(ulong value, bool faults) =>
        Assert.Equal(faults ? Faults.ProtectionZero : null, Faults.Of(0, a => { a.mov(rax, value); a.mov(cr4, rax); }));

    [Fact]
    public void CR4_bits_of_absent_features_are_reserved()
    {
        CpuModel model = CpuModel.Default.With("no-smep", CpuFeature.Smep, present: false);
        void Code(Iced.Intel.Assembler a) { a.mov(rax, Cr4.PAE | Cr4.SMEP); a.mov(cr4, rax); }
        Assert.Equal(Faults.ProtectionZero, Faults.Of(0, Code, model));
        Assert.Null(Faults.Of(0, Code));
    }

    [Fact]
    [Manual("3A", "4.10.1", "Process-Context Identifiers (PCIDs)")]
    public void PCIDE_needs_a_zero_PCID_and_IA32e_mode()
    {
        Assert.Equal(Faults.ProtectionZero, Faults.Of(0, a =>
        {
            a.mov(rax, cr3);
            a.or(rax, 0x18);
            a.mov(cr3, rax);
            a.mov(rax, Cr4.PAE | Cr4.PCIDE);
            a.mov(cr4, rax);
        }));
        Assert.Equal(Faults.ProtectionZero, Faults.Of(GuestMode.Protected, 0, a => { a.mov(eax, (uint)Cr4.PCIDE); a.mov(cr4, eax); }));
    }

    [Theory]
    [InlineData(0, false, false)]
    [InlineData(63, false, true)]
    [InlineData(63, true, false)]
    [InlineData(62, true, true)]
    [InlineData(46, false, true)]
    [InlineData(45, false, false)]
    public void CR3_refuses_bits_beyond_the_physical_address_width(int bit, bool pcids, bool faults)
    {
        using Guest guest = new GuestBuilder().ControlBits4(pcids ? Cr4.PCIDE : 0).Code(a =>
        {
            a.mov(rcx, cr3);
            a.mov(rax, bit == 0 || bit == 45 ? 0 : 1ul << bit);
            a.or(rax, rcx);
            a.mov(cr3, rax);
        }).Load();
        Assert.Equal(faults ? Faults.ProtectionZero : null, Faults.Of(guest));
        Assert.Equal(0ul, guest.Processor.ControlRegister3 >> 46);
    }

    [Theory]
    [InlineData(0x1ul, false)]
    [InlineData(0x3ul, true)]
    [InlineData(0x21ul, true)]
    [InlineData(0x22ul, false)]
    [InlineData(1ul << 46 | 1, true)]
    [InlineData(1ul << 63 | 1, true)]
    [Manual("3A", "4.4.1", "PDPTE Registers")]
    [Manual("3A", "4.1.1", "Four Paging Modes")]
    public void MOV_to_CR3_under_PAE_paging_refuses_a_present_PDPTE_with_reserved_bits(ulong flags, bool faults)
    {
        const uint Table = GuestLayout.Data;
        using Guest guest = new GuestBuilder(GuestMode.Protected).Paging(GuestPaging.Pae)
            .Bytes(Table + 8, BitConverter.GetBytes(flags)).Code(a =>
            {
                a.mov(ecx, cr3);
                a.mov(eax, __dword_ptr[ecx]);
                a.mov(__dword_ptr[Table], eax);
                a.mov(eax, Table);
                a.mov(cr3, eax);
            }).Load();
        Assert.Equal(faults ? Faults.ProtectionZero : null, Faults.Of(guest));
        Assert.Equal(faults ? 0 : flags, guest.Processor.PaePdptes[1] == flags ? flags : 0);
    }

    [Fact]
    [Manual("3A", "10.8.5", "Initializing IA-32e Mode")]
    public void Paging_with_LME_enters_IA32e_mode_and_needs_PAE()
    {
        void Enable(Iced.Intel.Assembler a, uint bits)
        {
            a.mov(eax, bits);
            a.mov(cr4, eax);
            a.mov(ecx, 0xC000_0080);
            a.mov(eax, (uint)Efer.LME);
            a.xor(edx, edx);
            a.wrmsr();
            a.mov(eax, GuestLayout.Data);
            a.mov(cr3, eax);
            a.mov(eax, (uint)(Cr0.PE | Cr0.PG));
            a.mov(cr0, eax);
        }

        Assert.Equal(Faults.ProtectionZero, Faults.Of(GuestMode.Protected, 0, a => Enable(a, 0)));
        using Guest guest = new GuestBuilder(GuestMode.Protected).Code(a => Enable(a, (uint)Cr4.PAE)).Load();
        guest.Run(10);
        Assert.True(guest.Processor.LongMode);
        Assert.False(guest.Processor.Is64Bit);
    }

    [Theory]
    [InlineData(0ul, false)]
    [InlineData(15ul, false)]
    [InlineData(16ul, true)]
    [Manual("3A", "11.8.6", "Task Priority in IA-32e Mode")]
    public void CR8_holds_four_bits(ulong value, bool faults) =>
        Assert.Equal(faults ? Faults.ProtectionZero : null, Faults.Of(0, a => { a.mov(rax, value); a.mov(cr8, rax); a.mov(rcx, cr8); }));

    [Fact]
    public void Control_registers_are_for_CPL_0()
    {
        Assert.Equal(Faults.ProtectionZero, Faults.Of(3, a => a.mov(rax, cr0)));
        Assert.Equal(Faults.ProtectionZero, Faults.Of(3, a => a.mov(cr3, rax)));
        Assert.Equal(Faults.ProtectionZero, Faults.Of(3, a => a.clts()));
        Assert.Equal(Faults.ProtectionZero, Faults.Of(3, a => a.lmsw(ax)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(7)]
    public void Control_registers_that_do_not_exist_are_invalid_opcodes(byte number) =>
        Assert.Equal(Faults.InvalidOpcode, Faults.Of(0, a => a.db(0x0F, 0x20, (byte)(0xC0 | number << 3))));

    [Fact]
    [Manual("2A", "3.3", "LMSW—Load Machine Status Word")]
    public void LMSW_sets_PE_and_cannot_clear_it()
    {
        Processor set = Faults.After(a => { a.mov(ax, 0xFFF9); a.lmsw(ax); }, mode: GuestMode.Real);
        Assert.Equal(Cr0.PE | Cr0.TS, set.ControlRegister0 & 0xF);
        Processor kept = Faults.After(a => { a.mov(ax, 0x2); a.lmsw(ax); }, mode: GuestMode.Protected);
        Assert.Equal(Cr0.PE | Cr0.MP, kept.ControlRegister0 & 0xF);
    }

    [Fact]
    [Manual("2A", "3.3", "CLTS—Clear Task-Switched Flag in CR0")]
    public void CLTS_clears_TS()
    {
        Processor p = Faults.After(a => { a.mov(rax, Running | Cr0.TS); a.mov(cr0, rax); a.clts(); });
        Assert.Equal(Running, p.ControlRegister0);
    }

    [Theory]
    [InlineData(0, Cr4.UMIP, false)]
    [InlineData(3, Cr4.UMIP, true)]
    [InlineData(3, 0, false)]
    [Manual("3A", "2.5", "Control Registers")]
    [Manual("2B", "4.3", "SMSW—Store Machine Status Word")]
    public void UMIP_keeps_users_from_the_system_registers(int cpl, ulong cr4, bool faults)
    {
        foreach (Action<Iced.Intel.Assembler> store in (Action<Iced.Intel.Assembler>[])
            [a => a.smsw(eax), a => a.sldt(eax), a => a.str(eax), a => a.sgdt(__[GuestLayout.Data]), a => a.sidt(__[GuestLayout.Data])])
        {
            using Guest guest = new GuestBuilder(GuestMode.Protected, cpl).ControlBits4(cr4).Code(store).Load();
            Assert.Equal(faults ? Faults.ProtectionZero : null, Faults.Of(guest));
        }
    }
}
