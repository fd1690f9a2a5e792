using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Vmx.Root;

/// <summary>Each rule on the host-state area: a VMCS that keeps it enters, one that breaks it fails with error 8 and the rule's own words.</summary>
[Manual("3C", "27.2.2", "Checks on Host Control Registers, MSRs, and SSP")]
[Manual("3C", "27.2.3", "Checks on Host Segment and Descriptor-Table Registers")]
[Manual("3C", "27.2.4", "Checks Related to Address-Space Size")]
[Manual("3C", "27.2", "Checks on VMX Controls and Host-State Area")]
public class HostStateCheckTests
{
    private const ulong NotCanonical = 1ul << 60, TooHigh = 1ul << 52;

    /// <summary>The words of the rule, what keeps it just so, and what, done after that, breaks it.</summary>
    private static readonly (string Rule, Action<Dictionary<VmcsField, ulong>> Keep, Action<Dictionary<VmcsField, ulong>> Break)[] s_rules =
    [
        ("host CR0 has a bit that VMX operation does not allow", f => f[VmcsField.HostCr0] |= Cr0.CD | Cr0.NW, f => f[VmcsField.HostCr0] &= ~Cr0.NE),
        ("host CR0 has a bit that VMX operation does not allow", _ => { }, f => f[VmcsField.HostCr0] &= ~Cr0.PG),
        ("host CR0 has a bit that VMX operation does not allow", _ => { }, f => f[VmcsField.HostCr0] |= 1ul << 32),
        ("host CR4 has a bit that VMX operation does not allow", f => f[VmcsField.HostCr4] |= Cr4.PGE, f => f[VmcsField.HostCr4] &= ~Cr4.VMXE),
        ("host CR4 has a bit that VMX operation does not allow", _ => { }, f => f[VmcsField.HostCr4] |= Cr4.SMXE),
        ("host CR3 is beyond the physical-address width", _ => { }, f => f[VmcsField.HostCr3] |= TooHigh),
        ("host IA32_SYSENTER_ESP or IA32_SYSENTER_EIP is not canonical", f => f[VmcsField.HostSysenterEsp] = ulong.MaxValue, f => f[VmcsField.HostSysenterEsp] = NotCanonical),
        ("host IA32_SYSENTER_ESP or IA32_SYSENTER_EIP is not canonical", _ => { }, f => f[VmcsField.HostSysenterEip] = NotCanonical),
        ("host IA32_PAT has a reserved memory type", f => f[VmcsField.VmExitControls] |= (ulong)VmExitControls.LoadPat, f => f[VmcsField.HostPat] = 2),
        ("a reserved bit of host IA32_EFER is 1", _ => { }, f => f[VmcsField.HostEfer] |= 1ul << 12),
        ("host IA32_EFER.LMA or LME is not the control host address-space size", _ => { }, f => f[VmcsField.HostEfer] &= ~Efer.LME),
        ("host IA32_EFER.LMA or LME is not the control host address-space size", _ => { }, f => f[VmcsField.HostEfer] &= ~Efer.LMA),
        ("the RPL or the TI flag of a host selector is not 0", f => f[VmcsField.HostDsSelector] = 0, f => f[VmcsField.HostDsSelector] = 0x13),
        ("the RPL or the TI flag of a host selector is not 0", _ => { }, f => f[VmcsField.HostTrSelector] |= 4),
        ("the host's CS or TR selector is null", _ => { }, f => f[VmcsField.HostCsSelector] = 0),
        ("the host's CS or TR selector is null", f => f[VmcsField.HostSsSelector] = 0, f => f[VmcsField.HostTrSelector] = 0),
        ("a base address of the host is not canonical", f => f[VmcsField.HostFsBase] = ulong.MaxValue, f => f[VmcsField.HostFsBase] = NotCanonical),
        ("a base address of the host is not canonical", _ => { }, f => f[VmcsField.HostIdtrBase] = NotCanonical),
        ("the control host address-space size is not IA32_EFER.LMA",
            f => { f[VmcsField.VmExitControls] &= ~(ulong)VmExitControls.LoadEfer; }, f => f[VmcsField.VmExitControls] &= ~(ulong)VmExitControls.HostAddressSpaceSize),
        ("host CR4.PAE is 0 in IA-32e mode", _ => { }, f => f[VmcsField.HostCr4] &= ~Cr4.PAE),
        ("the host's RIP is not canonical", _ => { }, f => f[VmcsField.HostRip] = NotCanonical),
    ];

    /// <summary>The rules that are tested here.</summary>
    internal static IEnumerable<string> RuleWords => s_rules.Select(row => row.Rule).Concat(s_rulesOf32Bit.Select(row => row.Rule).OfType<string>());

    public static TheoryData<int> Rules => [.. Enumerable.Range(0, s_rules.Length)];

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_VMCS_that_keeps_the_rule_enters(int rule)
    {
        using MachineHost host = MachineHost.Run(HostCode.Whole(_ => { }, c => c.LogField(VmcsField.ExitReason), s_rules[rule].Keep));
        host.AssertFinished();
        Assert.Equal((ulong)ExitReason.Vmcall, host[0]);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_VMCS_that_breaks_the_rule_fails(int rule)
    {
        using MachineHost host = MachineHost.Run(HostCode.Whole(_ => { }, _ => { }, s_rules[rule].Keep + s_rules[rule].Break));
        host.AssertFinished();
        Assert.True(host.FailedValid);
        Assert.Equal(VmInstructionError.EntryInvalidHostStateFields, host.Error);
        Assert.Equal(s_rules[rule].Rule, host.Vmx.FailedRule);
        Assert.False(host.Vmx.Vmcs.Launched);
    }

    /// <summary>A host outside IA-32e mode, with PAE paging.</summary>
    private static readonly (string? Rule, Action<Dictionary<VmcsField, ulong>> Break)[] s_rulesOf32Bit =
    [
        (null, _ => { }),
        ("the host's SS selector is null outside IA-32e mode", f => f[VmcsField.HostSsSelector] = 0),
        ("the control host address-space size is not IA32_EFER.LMA", f => { f[VmcsField.VmExitControls] |= (ulong)VmExitControls.HostAddressSpaceSize; f[VmcsField.HostEfer] = Efer.LME | Efer.LMA; }),
        ("IA-32e mode guest without host address-space size", f => f[VmcsField.VmEntryControls] |= (ulong)VmEntryControls.Ia32eModeGuest),
        ("host CR4.PCIDE is 1 outside IA-32e mode", f => f[VmcsField.HostCr4] |= Cr4.PCIDE),
        ("bits 63:32 of the host's RIP are not 0", f => f[VmcsField.HostRip] = 1ul << 32),
    ];

    public static TheoryData<int> RulesOf32Bit => [.. Enumerable.Range(0, s_rulesOf32Bit.Length)];

    [Theory]
    [MemberData(nameof(RulesOf32Bit))]
    public void Outside_IA_32e_mode_neither_host_nor_guest_is_in_it(int rule)
    {
        using var host = new MachineHost(_ => { }, mode: GuestMode.Protected, paging: GuestPaging.Pae);
        Dictionary<VmcsField, ulong> fields = UsualFields.Of(GuestMode.Protected, GuestPaging.Pae);
        fields[VmcsField.HostRip] = 0;
        s_rulesOf32Bit[rule].Break(fields);
        foreach ((VmcsField field, ulong value) in fields) host.Vmx.Vmcs[field] = value;
        host.Vmx.On = true;
        host.Vmx.LoadControls();
        Assert.Equal(s_rulesOf32Bit[rule].Rule, EntryChecks.OfControls(host.Processor, host.Vmx.Vmcs)?.Rule);
    }
}
