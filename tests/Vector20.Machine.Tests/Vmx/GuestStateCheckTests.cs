using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Vmx;

/// <summary>Each rule on guest state: breaking it fails the entry with reason 33 and the rule's own words; the state unbroken enters.</summary>
[Manual("3C", "27.3.1.1", "Checks on Guest Control Registers, Debug Registers, and MSRs")]
[Manual("3C", "27.3.1.2", "Checks on Guest Segment Registers")]
[Manual("3C", "27.3.1.3", "Checks on Guest Descriptor-Table Registers")]
[Manual("3C", "27.3.1.4", "Checks on Guest RIP, RFLAGS, and SSP")]
[Manual("3C", "27.3.1.5", "Checks on Guest Non-Register State")]
[Manual("3C", "27.3.1.6", "Checks on Guest Page-Directory-Pointer-Table Entries")]
[Manual("3C", "27.3", "Checking and Loading Guest State")]
public class GuestStateCheckTests
{
    private const ulong NotCanonical = 1ul << 62;
    private const uint TrapFlag = Eflags.TF;

    /// <summary>The words of the rule, the guest's mode, what breaks it, the exit qualification.</summary>
    private static readonly (string Rule, GuestMode Mode, Action<Vmcs> Break, ulong Qualification)[] s_rules =
    [
        ("guest CR0 has a bit that VMX operation does not allow", GuestMode.Long, v => v[VmcsField.GuestCr0] &= ~Cr0.NE, 0),
        ("guest CR0 has a bit that VMX operation does not allow", GuestMode.Long, v => v[VmcsField.GuestCr0] |= 1ul << 32, 0),
        ("guest CR0 has a bit that VMX operation does not allow", GuestMode.Real, Restrict, 0),
        ("guest CR0.PG is 1 and CR0.PE is 0", GuestMode.Long, v => v[VmcsField.GuestCr0] &= ~Cr0.PE, 0),
        ("guest CR4 has a bit that VMX operation does not allow", GuestMode.Long, v => v[VmcsField.GuestCr4] &= ~Cr4.VMXE, 0),
        ("guest CR4 has a bit that VMX operation does not allow", GuestMode.Long, v => v[VmcsField.GuestCr4] |= 1ul << 63, 0),
        ("guest CR3 is beyond the physical-address width", GuestMode.Long, v => v[VmcsField.GuestCr3] |= 1ul << 55, 0),
        ("CR4.PCIDE outside IA-32e mode", GuestMode.Protected, v => v[VmcsField.GuestCr4] |= Cr4.PCIDE, 0),
        ("IA-32e mode without paging or PAE", GuestMode.Long, v => v[VmcsField.GuestCr4] &= ~Cr4.PAE, 0),
        ("IA-32e mode without paging or PAE", GuestMode.Long, v => v[VmcsField.GuestCr0] &= ~Cr0.PG, 0),
        ("bits 63:32 of guest DR7 are not 0", GuestMode.Long, v => v[VmcsField.GuestDr7] |= 1ul << 32, 0),
        ("a reserved bit of guest IA32_DEBUGCTL is 1", GuestMode.Long, v => v[VmcsField.GuestDebugCtl] = 1ul << 20, 0),
        ("guest IA32_SYSENTER_ESP or IA32_SYSENTER_EIP is not canonical", GuestMode.Long, v => v[VmcsField.GuestSysenterEip] = NotCanonical, 0),
        ("guest IA32_PAT has a reserved memory type", GuestMode.Long, v => { v.Set(VmEntryControls.LoadPat); v[VmcsField.GuestPat] = 2; }, 0),
        ("a reserved bit of guest IA32_EFER is 1", GuestMode.Long, v => v[VmcsField.GuestEfer] |= 2, 0),
        ("guest IA32_EFER.LMA is not the control IA-32e mode guest", GuestMode.Long, v => v[VmcsField.GuestEfer] &= ~Efer.LMA, 0),
        ("guest IA32_EFER.LMA and LME differ while paging is on", GuestMode.Long, v => v[VmcsField.GuestEfer] &= ~Efer.LME, 0),
        ("TR's selector has its TI flag 1", GuestMode.Long, v => v[VmcsField.GuestTrSelector] |= 4, 0),
        ("LDTR's selector has its TI flag 1", GuestMode.Long, v => { v[VmcsField.GuestLdtrSelector] = 4; v[VmcsField.GuestLdtrAccessRights] = 0x82; }, 0),
        ("the RPLs of SS and CS differ", GuestMode.Long, v => { Restrict(v); v[VmcsField.GuestSsSelector] |= 3; }, 0),
        ("the base of TR or LDTR is not canonical", GuestMode.Long, v => v[VmcsField.GuestTrBase] = NotCanonical, 0),
        ("the base of FS or GS is not canonical", GuestMode.Long, v => v[VmcsField.GuestGsBase] = NotCanonical, 0),
        ("bits 63:32 of the base of CS, SS, DS or ES are not 0", GuestMode.Long, v => v[VmcsField.GuestCsBase] = 1ul << 32, 0),
        ("bits 63:32 of the base of CS, SS, DS or ES are not 0", GuestMode.Long, v => v[VmcsField.GuestDsBase] = 1ul << 32, 0),
        ("a base is not 16 times its selector in virtual-8086 mode", GuestMode.Virtual8086, v => v[VmcsField.GuestEsBase] += 1, 0),
        ("a limit is not FFFFH in virtual-8086 mode", GuestMode.Virtual8086, v => v[VmcsField.GuestCsLimit] = 0xFFF, 0),
        ("access rights are not F3H in virtual-8086 mode", GuestMode.Virtual8086, v => v[VmcsField.GuestGsAccessRights] = 0x93, 0),
        ("CS's type is no accessed code", GuestMode.Long, v => v[VmcsField.GuestCsAccessRights] &= ~1ul, 0),
        ("CS's type is no accessed code", GuestMode.Long, v => { Restrict(v); v[VmcsField.GuestCsAccessRights] = v[VmcsField.GuestCsAccessRights] & ~15ul | 3; }, 0),
        ("CS's DPL does not fit its type and SS's DPL", GuestMode.Long, v => v[VmcsField.GuestCsAccessRights] |= 0x60, 0),
        ("CS has L and D/B both 1", GuestMode.Long, v => v[VmcsField.GuestCsAccessRights] |= 1 << 14, 0),
        ("SS's type is no writable, accessed data", GuestMode.Long, v => v[VmcsField.GuestSsAccessRights] &= ~2ul, 0),
        ("SS's DPL is not its RPL", GuestMode.Long, v => { Restrict(v); v[VmcsField.GuestCsAccessRights] |= 4; v[VmcsField.GuestSsAccessRights] |= 0x60; }, 0),
        ("SS's DPL is not 0 in real-address mode", GuestMode.Real, v => v[VmcsField.GuestSsAccessRights] |= 0x60, 0),
        ("the type of a data segment is not accessed and readable", GuestMode.Long, v => v[VmcsField.GuestFsAccessRights] &= ~1ul, 0),
        ("the DPL of a data segment is below its RPL", GuestMode.Long, v => { Restrict(v); v[VmcsField.GuestEsSelector] |= 3; }, 0),
        ("TR is unusable", GuestMode.Long, v => v[VmcsField.GuestTrAccessRights] |= 1 << 16, 0),
        ("TR's type is no busy TSS", GuestMode.Long, v => v[VmcsField.GuestTrAccessRights] = 0x83, 0),
        ("LDTR's type is no LDT", GuestMode.Long, v => v[VmcsField.GuestLdtrAccessRights] = 0x83, 0),
        ("S of a segment register does not fit", GuestMode.Long, v => v[VmcsField.GuestDsAccessRights] &= ~0x10ul, 0),
        ("P of a segment register is 0", GuestMode.Long, v => v[VmcsField.GuestCsAccessRights] &= ~0x80ul, 0),
        ("reserved access rights are not 0", GuestMode.Long, v => v[VmcsField.GuestTrAccessRights] |= 1 << 8, 0),
        ("G does not fit the limit", GuestMode.Long, v => v[VmcsField.GuestDsLimit] = 0xFFFF_FFFE, 0),
        ("G does not fit the limit", GuestMode.Long, v => v[VmcsField.GuestTrLimit] = 0x10_0000, 0),
        ("the guest's GDTR or IDTR base is not canonical", GuestMode.Long, v => v[VmcsField.GuestIdtrBase] = NotCanonical, 0),
        ("bits 31:16 of the guest's GDTR or IDTR limit are not 0", GuestMode.Long, v => v[VmcsField.GuestGdtrLimit] = 0x1_0000, 0),
        ("bits 63:N of RIP are not identical", GuestMode.Long, v => v[VmcsField.GuestRip] = NotCanonical, 0),
        ("bits 63:32 of RIP are not 0 outside 64-bit mode", GuestMode.Compatibility, v => v[VmcsField.GuestRip] = 1ul << 32, 0),
        ("a reserved bit of RFLAGS is set wrong", GuestMode.Long, v => v[VmcsField.GuestRflags] &= ~2ul, 0),
        ("a reserved bit of RFLAGS is set wrong", GuestMode.Long, v => v[VmcsField.GuestRflags] |= 1 << 15, 0),
        ("RFLAGS.VM in IA-32e mode or with CR0.PE 0", GuestMode.Virtual8086, v => v[VmcsField.GuestCr0] &= ~Cr0.PE, 0),
        ("an external interrupt is injected while RFLAGS.IF is 0", GuestMode.Long, v => Inject(v, EventType.ExternalInterrupt, 32), 0),
        ("the activity state is not supported", GuestMode.Long, v => v[VmcsField.GuestActivityState] = 4, 0),
        ("the activity state is HLT while SS's DPL is not 0", GuestMode.Virtual8086, v => v[VmcsField.GuestActivityState] = 1, 0),
        ("the activity state is not active while STI or MOV SS blocks", GuestMode.Long, v => { v[VmcsField.GuestActivityState] = 1; v[VmcsField.GuestInterruptibilityState] = 2; }, 0),
        ("the event may not be injected into this activity state", GuestMode.Long, v => { v[VmcsField.GuestActivityState] = 1; Inject(v, EventType.SoftwareInterrupt, 32); }, 0),
        ("the event may not be injected into this activity state", GuestMode.Long, v => { v[VmcsField.GuestActivityState] = 3; Inject(v, EventType.Nmi, 2); }, 0),
        ("the interruptibility state has a bit that must be 0", GuestMode.Long, v => v[VmcsField.GuestInterruptibilityState] = 1 << 5, 0),
        ("STI and MOV SS both block", GuestMode.Long, v => { v[VmcsField.GuestRflags] |= Eflags.IF; v[VmcsField.GuestInterruptibilityState] = 3; }, 0),
        ("STI blocks while RFLAGS.IF is 0", GuestMode.Long, v => v[VmcsField.GuestInterruptibilityState] = 1, 0),
        ("an external interrupt is injected while STI or MOV SS blocks", GuestMode.Long,
            v => { v[VmcsField.GuestRflags] |= Eflags.IF; v[VmcsField.GuestInterruptibilityState] = 2; Inject(v, EventType.ExternalInterrupt, 32); }, 0),
        ("an NMI is injected while MOV SS blocks", GuestMode.Long, v => { v[VmcsField.GuestInterruptibilityState] = 2; Inject(v, EventType.Nmi, 2); }, 0),
        ("an NMI is injected while STI blocks", GuestMode.Long, v => { v[VmcsField.GuestRflags] |= Eflags.IF; v[VmcsField.GuestInterruptibilityState] = 1; Inject(v, EventType.Nmi, 2); }, 3),
        ("a virtual NMI is injected while virtual NMIs are blocked", GuestMode.Long,
            v => { v.Set(PinBasedControls.NmiExiting | PinBasedControls.VirtualNmis); v[VmcsField.GuestInterruptibilityState] = 8; Inject(v, EventType.Nmi, 2); }, 0),
        ("reserved pending debug exceptions are not 0", GuestMode.Long, v => v[VmcsField.GuestPendingDebugExceptions] = 1 << 13, 0),
        ("the pending debug exception BS does not fit RFLAGS.TF and IA32_DEBUGCTL.BTF", GuestMode.Long,
            v => { v[VmcsField.GuestInterruptibilityState] = 2; v[VmcsField.GuestRflags] |= TrapFlag; }, 0),
        ("the VMCS link pointer is not a page's", GuestMode.Long, v => v[VmcsField.VmcsLinkPointer] = 8, 4),
        ("the VMCS that the link pointer references has another revision identifier", GuestMode.Long, v => v[VmcsField.VmcsLinkPointer] = VmxGuest.HostPages, 4),
        ("a PDPTE has a reserved bit set", GuestMode.Protected, v =>
        {
            v[VmcsField.GuestCr0] |= Cr0.PG;
            v[VmcsField.GuestCr4] |= Cr4.PAE;
            v[VmcsField.GuestPdpte2] = 3;
        }, 2),
    ];

    /// <summary>The rules that are tested here.</summary>
    internal static IEnumerable<string> RuleWords => s_rules.Select(row => row.Rule);

    public static TheoryData<int> Rules => [.. Enumerable.Range(0, s_rules.Length)];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Guest_state_that_breaks_the_rule_fails_the_entry(int rule)
    {
        (string words, GuestMode mode, Action<Vmcs> spoil, ulong qualification) = s_rules[rule];
        using VmxGuest guest = VmxGuest.Run(a => a.nop(), spoil, new GuestBuilder(mode));
        Assert.Equal(words, guest.Processor.Vmx.FailedRule);
        Assert.Empty(guest.Failures);
        Assert.Equal(33 | 1ul << 31, guest.Last[VmcsField.ExitReason]);
        Assert.Equal(qualification, guest.Last[VmcsField.ExitQualification]);
        Assert.False(guest.Processor.Vmx.NonRoot);
    }

    [Theory]
    [InlineData(GuestMode.Real)]
    [InlineData(GuestMode.Protected)]
    [InlineData(GuestMode.Protected16)]
    [InlineData(GuestMode.Virtual8086)]
    [InlineData(GuestMode.Compatibility)]
    [InlineData(GuestMode.Long)]
    public void Guest_state_of_every_mode_enters_when_no_rule_is_broken(GuestMode mode)
    {
        using VmxGuest guest = VmxGuest.Run(a => a.nop(), null, new GuestBuilder(mode));
        guest.AssertNoExit();
        Assert.True(guest.Processor.Vmx.NonRoot);
    }

    [Fact]
    [Manual("3C", "27.8", "VM-Entry Failures During or After Loading Guest State")]
    public void A_failed_entry_saves_no_guest_state_and_leaves_the_injection_valid()
    {
        using VmxGuest guest = VmxGuest.Run(a => a.nop(), v =>
        {
            Inject(v, EventType.SoftwareInterrupt, 32);
            v[VmcsField.GuestRflags] &= ~2ul;
            v[VmcsField.GuestRip] = 0x1234;
        });
        Assert.Equal(0x1234ul, guest.Last[VmcsField.GuestRip]);
        Assert.NotEqual(0ul, guest.Last[VmcsField.VmEntryInterruptionInformation] & InterruptionInformation.ValidBit);
    }

    [Fact]
    [Manual("3C", "27.4", "Loading MSRs")]
    [Manual("3C", "25.8.2", "VM-Entry Controls for MSRs")]
    public void An_entry_that_cannot_load_an_MSR_names_it_in_the_qualification()
    {
        VmxGuest Load(uint second)
        {
            VmxGuest guest = VmxGuest.Build(a => a.nop(), v =>
            {
                v[VmcsField.VmEntryMsrLoadAddress] = VmxGuest.HostPages;
                v[VmcsField.VmEntryMsrLoadCount] = 2;
            });
            guest.Memory.Write(new PhysicalAddress(VmxGuest.HostPages), 0x174ul);
            guest.Memory.Write(new PhysicalAddress(VmxGuest.HostPages + 8), 0x55ul);
            guest.Memory.Write(new PhysicalAddress(VmxGuest.HostPages + 16), (ulong)second);
            return guest.Run();
        }

        using VmxGuest good = Load(0x175);
        good.AssertNoExit();
        Assert.Equal(0x55ul, good.Processor.Msrs[Processors.Msrs.Msr.SysenterCs]);
        using VmxGuest bad = Load(0xC000_0100);
        Assert.Equal(34 | 1ul << 31, bad.Last[VmcsField.ExitReason]);
        Assert.Equal(2ul, bad.Last[VmcsField.ExitQualification]);
    }

    [Fact]
    [Manual("3C", "27.8", "VM-Entry Failures During or After Loading Guest State")]
    public void A_failed_entry_loads_the_hosts_MSRs_and_leaves_the_blocking_of_NMIs_as_it_was()
    {
        using VmxGuest guest = VmxGuest.Build(a => a.nop(), v =>
        {
            v[VmcsField.VmEntryMsrLoadAddress] = VmxGuest.HostPages;
            v[VmcsField.VmExitMsrLoadAddress] = VmxGuest.HostPages + 16;
            v[VmcsField.VmEntryMsrLoadCount] = v[VmcsField.VmExitMsrLoadCount] = 1;
            v[VmcsField.GuestInterruptibilityState] = (ulong)InterruptibilityState.BlockingByNmi;
        });
        guest.Memory.Write(new PhysicalAddress(VmxGuest.HostPages), 0xC000_0100ul);
        guest.Memory.Write(new PhysicalAddress(VmxGuest.HostPages + 16), 0x174ul);
        guest.Memory.Write(new PhysicalAddress(VmxGuest.HostPages + 24), 0x77ul);
        guest.Run();
        Assert.Equal(34 | 1ul << 31, guest.Last[VmcsField.ExitReason]);
        Assert.Equal(0x77ul, guest.Processor.Msrs[Processors.Msrs.Msr.SysenterCs]);
        Assert.False(guest.Processor.NmisBlocked);
    }

    [Fact]
    [Manual("3C", "27.3.1.4", "Checks on Guest RIP, RFLAGS, and SSP")]
    public void RIP_may_be_just_past_the_canonical_addresses_but_no_further()
    {
        VmxGuest At(ulong rip) => VmxGuest.Run(a => a.nop(), v => v[VmcsField.GuestRip] = rip);
        using VmxGuest past = At(1ul << 47), further = At(1ul << 62);
        Assert.Equal(13, past.Guest.Log.Single().Vector);
        Assert.Equal("bits 63:N of RIP are not identical", further.Processor.Vmx.FailedRule);
    }

    private static void Restrict(Vmcs vmcs) => vmcs[VmcsField.SecondaryProcessorBasedControls] &= ~(ulong)SecondaryControls.UnrestrictedGuest;

    private static void Inject(Vmcs vmcs, EventType type, byte vector) =>
        vmcs[VmcsField.VmEntryInterruptionInformation] = new Event(type, vector).InterruptionInformation;
}
