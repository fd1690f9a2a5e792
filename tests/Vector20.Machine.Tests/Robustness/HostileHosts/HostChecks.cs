using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Tests.Robustness.HostileHosts;

/// <summary>What a VM exit has loaded into a 64-bit host, of which nothing but HLT has executed since.</summary>
[Manual("3C", "28.5", "Loading Host State")]
internal static class HostChecks
{
    private const ulong LoadedCr0 = Cr0.PE | Cr0.MP | Cr0.EM | Cr0.TS | Cr0.NE | Cr0.WP | Cr0.AM | Cr0.PG;

    public static string? Check(Observation o)
    {
        Vmcs v = o.Before;
        HostRegisters h = o.HostAfter;
        bool msrsLoaded = v[VmcsField.VmExitMsrLoadCount] != 0;
        if (((h.Cr0 ^ v[VmcsField.HostCr0]) & LoadedCr0) != 0 || h.Cr3 != v[VmcsField.HostCr3] || h.Cr4 != (v[VmcsField.HostCr4] | Cr4.PAE)) return "a control register of the host";
        if (!msrsLoaded && Msrs(o) is { } rule) return rule;
        return h switch
        {
            { Dr7: not 0x400 } => "the host's DR7",
            { Shadow: not InterruptShadow.None } or { PendingTraps: not 0 } => "STI, MOV SS or a debug trap outlived the exit",
            _ when h.Rflags != 2 => "the host's RFLAGS",
            _ when h.Rsp != v[VmcsField.HostRsp] => "the host's RSP",
            _ when h.Cpl != 0 => "the host's CPL",
            _ => Segments(v, h),
        };
    }

    [Manual("3C", "28.5.1", "Loading Host Control Registers, Debug Registers, MSRs")]
    private static string? Msrs(Observation o)
    {
        const ulong LongMode = Efer.LMA | Efer.LME;
        HostRegisters h = o.HostAfter;
        Vmcs v = o.Before;
        if (o.Has(VmExitControls.LoadEfer) ? h.Efer != v[VmcsField.HostEfer] : (h.Efer & LongMode) != LongMode) return "the host's IA32_EFER";
        bool sysenter = h.SysenterCs == v[VmcsField.HostSysenterCs] && h.SysenterEsp == v[VmcsField.HostSysenterEsp] && h.SysenterEip == v[VmcsField.HostSysenterEip];
        return !sysenter ? "the host's SYSENTER MSRs" : h.DebugCtl != 0 ? "the host's IA32_DEBUGCTL" : null;
    }

    [Manual("3C", "28.5.2", "Loading Host Segment and Descriptor-Table Registers")]
    private static string? Segments(Vmcs v, in HostRegisters h)
    {
        bool selectors = h.Cs.Selector == v[VmcsField.HostCsSelector] && h.Ss.Selector == v[VmcsField.HostSsSelector] && h.Ds.Selector == v[VmcsField.HostDsSelector]
            && h.Es.Selector == v[VmcsField.HostEsSelector] && h.Fs.Selector == v[VmcsField.HostFsSelector] && h.Gs.Selector == v[VmcsField.HostGsSelector]
            && h.Tr.Selector == v[VmcsField.HostTrSelector];
        if (!selectors) return "a selector of the host";
        bool bases = h.Fs.Base == v[VmcsField.HostFsBase] && h.Gs.Base == v[VmcsField.HostGsBase] && h.Tr.Base == v[VmcsField.HostTrBase]
            && h.GdtrBase == v[VmcsField.HostGdtrBase] && h.IdtrBase == v[VmcsField.HostIdtrBase] && (h.Cs.Base | h.Ss.Base | h.Ds.Base | h.Es.Base) == 0;
        if (!bases) return "a base address of the host";
        bool fixedParts = h.GdtrLimit == 0xFFFF && h.IdtrLimit == 0xFFFF && h.Ldtr.Unusable && h.Cs is { Long: true, Big: false, Type: 11, Present: true, Dpl: 0 }
            && h.Tr is { Type: 11, Limit: 0x67, Present: true };
        return fixedParts ? null : "a limit or access rights of the host";
    }
}
