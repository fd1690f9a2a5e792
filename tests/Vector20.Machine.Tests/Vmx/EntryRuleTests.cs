using System.Reflection;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Msrs;
using Vector20.Machine.Tests.Vmx.Root;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Vmx;

/// <summary>Every rule that a VM entry checks has its pair of tests: a VMCS that breaks it fails with its words, one that just keeps it enters.</summary>
[Manual("3C", "27.2", "Checks on VMX Controls and Host-State Area")]
[Manual("3C", "27.3", "Checking and Loading Guest State")]
public class EntryRuleTests
{
    private const ulong Highest = ulong.MaxValue, Canonical = 0x00FF_FFFF_FFFF_FFFF, Page = VmxGuest.HostPages;

    /// <summary>For each rule on guest state: a mode, and state that is as near to breaking the rule as may be.</summary>
    private static readonly (string Rule, GuestMode Mode, Action<Vmcs> Keep)[] s_kept =
    [
        ("guest CR0 has a bit that VMX operation does not allow", GuestMode.Long, v => v[VmcsField.GuestCr0] |= Cr0.TS | Cr0.MP),
        ("guest CR0.PG is 1 and CR0.PE is 0", GuestMode.Real, v => v[VmcsField.GuestCr0] &= ~Cr0.PG),
        ("guest CR4 has a bit that VMX operation does not allow", GuestMode.Long, v => v[VmcsField.GuestCr4] |= Cr4.PGE | Cr4.TSD),
        ("guest CR3 is beyond the physical-address width", GuestMode.Real, v => v[VmcsField.GuestCr3] = (1ul << 46) - 1),
        ("CR4.PCIDE outside IA-32e mode", GuestMode.Long, v => v[VmcsField.GuestCr4] |= Cr4.PCIDE),
        ("IA-32e mode without paging or PAE", GuestMode.Compatibility, v => v[VmcsField.GuestCr4] |= Cr4.PAE),
        ("bits 63:32 of guest DR7 are not 0", GuestMode.Long, v => v[VmcsField.GuestDr7] = 0x8000_0400),
        ("a reserved bit of guest IA32_DEBUGCTL is 1", GuestMode.Long, v => v[VmcsField.GuestDebugCtl] = DebugCtl.BTF),
        ("guest IA32_SYSENTER_ESP or IA32_SYSENTER_EIP is not canonical", GuestMode.Long, v => { v[VmcsField.GuestSysenterEsp] = Canonical; v[VmcsField.GuestSysenterEip] = ~Canonical; }),
        ("guest IA32_PAT has a reserved memory type", GuestMode.Long, v => { v.Set(VmEntryControls.LoadPat); v[VmcsField.GuestPat] = 0x0706_0504_0100_0706; }),
        ("a reserved bit of guest IA32_EFER is 1", GuestMode.Long, v => v[VmcsField.GuestEfer] |= Efer.SCE),
        ("guest IA32_EFER.LMA is not the control IA-32e mode guest", GuestMode.Compatibility, v => v[VmcsField.GuestEfer] |= Efer.LMA),
        ("guest IA32_EFER.LMA and LME differ while paging is on", GuestMode.Real, v => v[VmcsField.GuestEfer] |= Efer.LME),
        ("TR's selector has its TI flag 1", GuestMode.Long, v => v[VmcsField.GuestTrSelector] = 0xFFFB),
        ("LDTR's selector has its TI flag 1", GuestMode.Long, v => v[VmcsField.GuestLdtrSelector] = 0xFFFF),
        ("the RPLs of SS and CS differ", GuestMode.Long, v => v[VmcsField.GuestSsSelector] |= 3),
        ("the base of TR or LDTR is not canonical", GuestMode.Long, v => { v[VmcsField.GuestTrBase] = Canonical; v[VmcsField.GuestLdtrBase] = 1ul << 62; }),
        ("the base of FS or GS is not canonical", GuestMode.Long, v => { v[VmcsField.GuestFsBase] = Highest; v[VmcsField.GuestGsBase] = Canonical; }),
        ("bits 63:32 of the base of CS, SS, DS or ES are not 0", GuestMode.Long, v => { v[VmcsField.GuestDsBase] = uint.MaxValue; v[VmcsField.GuestEsBase] = Highest; v[VmcsField.GuestEsAccessRights] = 1 << 16; }),
        ("a base is not 16 times its selector in virtual-8086 mode", GuestMode.Virtual8086, v => { v[VmcsField.GuestEsBase] = 0xF_FFF0; v[VmcsField.GuestEsSelector] = 0xFFFF; }),
        ("a limit is not FFFFH in virtual-8086 mode", GuestMode.Virtual8086, v => v[VmcsField.GuestEsLimit] = 0xFFFF),
        ("access rights are not F3H in virtual-8086 mode", GuestMode.Virtual8086, v => v[VmcsField.GuestGsAccessRights] = 0xF3),
        ("CS's type is no accessed code", GuestMode.Long, v => v[VmcsField.GuestCsAccessRights] &= ~2ul),
        ("CS's DPL does not fit its type and SS's DPL", GuestMode.Long, v => { v[VmcsField.GuestSsAccessRights] |= 0x60; v[VmcsField.GuestCsAccessRights] |= 4 | 0x20; }),
        ("CS has L and D/B both 1", GuestMode.Compatibility, v => v[VmcsField.GuestCsAccessRights] &= ~(1ul << 14)),
        ("SS's type is no writable, accessed data", GuestMode.Long, v => { v[VmcsField.GuestSsAccessRights] = 1 << 16; }),
        ("SS's DPL is not its RPL", GuestMode.Long, Restrict),
        ("SS's DPL is not 0 in real-address mode", GuestMode.Real, v => v[VmcsField.GuestDsAccessRights] |= 0x60),
        ("the type of a data segment is not accessed and readable", GuestMode.Long, v => v[VmcsField.GuestFsAccessRights] |= 0xB),
        ("the DPL of a data segment is below its RPL", GuestMode.Long, v => { Restrict(v); v[VmcsField.GuestEsSelector] |= 3; v[VmcsField.GuestEsAccessRights] |= 0x60; }),
        ("TR is unusable", GuestMode.Long, v => v[VmcsField.GuestLdtrAccessRights] = 1 << 16),
        ("TR's type is no busy TSS", GuestMode.Protected, v => v[VmcsField.GuestTrAccessRights] = 0x83),
        ("LDTR's type is no LDT", GuestMode.Long, v => v[VmcsField.GuestLdtrAccessRights] = 0x82),
        ("S of a segment register does not fit", GuestMode.Long, v => { v[VmcsField.GuestDsAccessRights] &= ~0x10ul; v[VmcsField.GuestDsAccessRights] |= 1 << 16; }),
        ("P of a segment register is 0", GuestMode.Long, v => { v[VmcsField.GuestDsAccessRights] &= ~0x80ul; v[VmcsField.GuestDsAccessRights] |= 1 << 16; }),
        ("reserved access rights are not 0", GuestMode.Long, v => v[VmcsField.GuestTrAccessRights] |= 1 << 12),
        ("G does not fit the limit", GuestMode.Long, v => { v[VmcsField.GuestTrLimit] = 0xF_FFFF; v[VmcsField.GuestDsLimit] = 0xFFF; }),
        ("the guest's GDTR or IDTR base is not canonical", GuestMode.Long, v => { v[VmcsField.GuestGdtrBase] = Canonical; v[VmcsField.GuestIdtrBase] = ~Canonical; }),
        ("bits 31:16 of the guest's GDTR or IDTR limit are not 0", GuestMode.Long, v => { v[VmcsField.GuestGdtrLimit] = 0xFFFF; v[VmcsField.GuestIdtrLimit] = 0xFFFF; }),
        ("bits 63:N of RIP are not identical", GuestMode.Long, v => v[VmcsField.GuestRip] = (1ul << 57) - 1),
        ("bits 63:32 of RIP are not 0 outside 64-bit mode", GuestMode.Compatibility, v => v[VmcsField.GuestRip] = uint.MaxValue),
        ("a reserved bit of RFLAGS is set wrong", GuestMode.Long, v => v[VmcsField.GuestRflags] |= Eflags.Status | Eflags.DF | Eflags.AC),
        ("RFLAGS.VM in IA-32e mode or with CR0.PE 0", GuestMode.Virtual8086, v => v[VmcsField.GuestRflags] |= Eflags.VM),
        ("an external interrupt is injected while RFLAGS.IF is 0", GuestMode.Long, v => { v[VmcsField.GuestRflags] |= Eflags.IF; v[VmcsField.VmEntryInterruptionInformation] = 0x8000_0020; }),
        ("the activity state is not supported", GuestMode.Long, v => v[VmcsField.GuestActivityState] = 3),
        ("the activity state is HLT while SS's DPL is not 0", GuestMode.Long, v => v[VmcsField.GuestActivityState] = 1),
        ("the activity state is not active while STI or MOV SS blocks", GuestMode.Long, v => v[VmcsField.GuestInterruptibilityState] = 2),
        ("the event may not be injected into this activity state", GuestMode.Long, v => { v[VmcsField.GuestActivityState] = 1; v[VmcsField.VmEntryInterruptionInformation] = 0x8000_0202; }),
        ("the interruptibility state has a bit that must be 0", GuestMode.Long, v => v[VmcsField.GuestInterruptibilityState] = 8 | 2),
        ("STI and MOV SS both block", GuestMode.Long, v => { v[VmcsField.GuestRflags] |= Eflags.IF; v[VmcsField.GuestInterruptibilityState] = 2; }),
        ("STI blocks while RFLAGS.IF is 0", GuestMode.Long, v => { v[VmcsField.GuestRflags] |= Eflags.IF; v[VmcsField.GuestInterruptibilityState] = 1; }),
        ("an external interrupt is injected while STI or MOV SS blocks", GuestMode.Long, v => { v[VmcsField.GuestInterruptibilityState] = 2; v[VmcsField.VmEntryInterruptionInformation] = 0x8000_0420; }),
        ("an NMI is injected while MOV SS blocks", GuestMode.Long, v => { v[VmcsField.GuestInterruptibilityState] = 2; v[VmcsField.VmEntryInterruptionInformation] = 0x8000_0420; }),
        ("an NMI is injected while STI blocks", GuestMode.Long, v => { v[VmcsField.GuestRflags] |= Eflags.IF; v[VmcsField.VmEntryInterruptionInformation] = 0x8000_0202; }),
        ("a virtual NMI is injected while virtual NMIs are blocked", GuestMode.Long, v => { v[VmcsField.GuestInterruptibilityState] = 8; v[VmcsField.VmEntryInterruptionInformation] = 0x8000_0202; }),
        ("reserved pending debug exceptions are not 0", GuestMode.Long, v => v[VmcsField.GuestPendingDebugExceptions] = 0x100F),
        ("the pending debug exception BS does not fit RFLAGS.TF and IA32_DEBUGCTL.BTF", GuestMode.Long,
            v => { v[VmcsField.GuestInterruptibilityState] = 2; v[VmcsField.GuestRflags] |= Eflags.TF; v[VmcsField.GuestPendingDebugExceptions] = 1 << 14; }),
        ("the VMCS link pointer is not a page's", GuestMode.Long, v => v[VmcsField.VmcsLinkPointer] = Page),
        ("the VMCS that the link pointer references has another revision identifier", GuestMode.Long, v => v[VmcsField.VmcsLinkPointer] = Page),
        ("the VMCS link pointer references a shadow VMCS without VMCS shadowing, or no shadow VMCS with it", GuestMode.Long,
            v => { v.Set(SecondaryControls.VmcsShadowing); v[VmcsField.VmreadBitmapAddress] = v[VmcsField.VmwriteBitmapAddress] = Page; v[VmcsField.VmcsLinkPointer] = Page + 0x1000; }),
        ("the VMCS link pointer references the current VMCS", GuestMode.Long, v => v[VmcsField.VmcsLinkPointer] = Page),
        ("a PDPTE has a reserved bit set", GuestMode.Protected, v =>
        {
            v[VmcsField.GuestCr0] |= Cr0.PG;
            v[VmcsField.GuestCr4] |= Cr4.PAE;
            v[VmcsField.GuestPdpte2] = 0x1001;
            v[VmcsField.GuestPdpte3] = 2;
        }),
    ];

    /// <summary>Where the rules are. Host state has its own pairs, of keeping and breaking, and so have the controls.</summary>
    private static readonly Type[] s_checks =
    [
        typeof(ExecutionControlChecks), typeof(ExitControlChecks), typeof(EntryControlChecks), typeof(InjectionChecks), typeof(HostStateChecks),
        typeof(GuestRegisterChecks), typeof(GuestSegmentChecks), typeof(GuestNonRegisterChecks), typeof(GuestPdpteChecks),
    ];

    public static TheoryData<int> Kept => [.. Enumerable.Range(0, s_kept.Length)];

    [Fact]
    public void Every_rule_has_a_test_that_breaks_it()
    {
        string[] tested = [.. EntryControlCheckTests.RuleWords, .. HostStateCheckTests.RuleWords, .. GuestStateCheckTests.RuleWords, .. EntryFailureTests.RuleWords, .. IpiVirtualizationTests.RuleWords];
        Assert.Equal([], s_checks.SelectMany(RulesOf).Except(tested));
        Assert.Equal([], tested.Except(s_checks.SelectMany(RulesOf)));
    }

    [Fact]
    public void Every_rule_on_guest_state_has_a_test_that_keeps_it()
    {
        IEnumerable<string> rules = s_checks.Where(type => type.Name.StartsWith("Guest", StringComparison.Ordinal)).SelectMany(RulesOf).Distinct();
        Assert.Equal(rules.Order(StringComparer.Ordinal), s_kept.Select(row => row.Rule).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Kept))]
    public void Guest_state_that_just_keeps_the_rule_enters(int index)
    {
        (string rule, GuestMode mode, Action<Vmcs> keep) = s_kept[index];
        using VmxGuest guest = VmxGuest.Build(a => a.nop(), keep, new GuestBuilder(mode));
        guest.Memory.Write(new PhysicalAddress(Page), VmxCapabilities.RevisionIdentifier);
        guest.Memory.Write(new PhysicalAddress(Page + 0x1000), VmxCapabilities.RevisionIdentifier | 1u << 31);
        guest.Guest.Run(1);
        Assert.Empty(guest.Failures);
        Assert.True(guest.Processor.Vmx.FailedRule is null, $"{rule}: {guest.Processor.Vmx.FailedRule}");
    }

    /// <summary>The words of the rules of a class: the strings that its methods load.</summary>
    private static IEnumerable<string> RulesOf(Type checks)
    {
        const byte LoadString = 0x72, StringToken = 0x70;
        foreach (MethodInfo method in checks.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        {
            byte[] code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
            for (int i = 0; i + 4 < code.Length; i++)
                if (code[i] == LoadString && code[i + 4] == StringToken) yield return checks.Module.ResolveString(BitConverter.ToInt32(code, i + 1));
        }
    }

    /// <summary>Without "unrestricted guest" more rules apply.</summary>
    private static void Restrict(Vmcs vmcs) => vmcs[VmcsField.SecondaryProcessorBasedControls] &= ~(ulong)SecondaryControls.UnrestrictedGuest;
}
