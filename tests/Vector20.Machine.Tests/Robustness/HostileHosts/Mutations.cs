using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors.Msrs;
using Vector20.Machine.Vmx;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Tests.Robustness.HostileHosts;

/// <summary>What a hostile host writes: to fields of its VMCS, to EPT tables, to lists of MSRs.</summary>
internal static class Mutations
{
    private static readonly VmcsField[] s_fields = [.. VmcsFields.All.Where(field => HostileHost.Model.VmcsFields.Contains((ulong)field))];

    private static readonly ulong[] s_boundaries =
    [
        0, 1, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, 0xFFFF_FFFF, 0x1_0000_0000, 1ul << 45, 1ul << 46, (1ul << 46) - 1, (1ul << 47) - 1, 1ul << 47, 0xFFFF_8000_0000_0000,
        1ul << 52, (1ul << 56) - 1, 1ul << 56, 1ul << 57, 1ul << 63, ulong.MaxValue, PhysicalMemory.HoleStart, 0xFEE0_0000,
    ];

    private static readonly Msr[] s_msrs =
    [
        Msr.Efer, Msr.Pat, Msr.SysenterCs, Msr.SysenterEsp, Msr.SysenterEip, Msr.Star, Msr.Lstar, Msr.Cstar, Msr.Fmask, Msr.KernelGsBase, Msr.TscAux, Msr.TimeStampCounter,
        Msr.DebugCtl, Msr.SpecCtrl, Msr.PredCmd, Msr.Xss, Msr.MiscEnable, Msr.FsBase, Msr.FeatureControl, Msr.MtrrDefType, Msr.VmxBasic, (Msr)0x808, (Msr)0x5555,
    ];

    /// <summary>Any field that the processor has.</summary>
    public static VmcsField Field(Random random) => s_fields[random.Next(s_fields.Length)];

    /// <summary>A value for a field: near what it holds, at a boundary, an address, or anything.</summary>
    public static ulong Value(ulong current, Random random) => random.Next(10) switch
    {
        < 3 => current ^ 1ul << random.Next(64),
        3 => current ^ 1ul << random.Next(32),
        4 => s_boundaries[random.Next(s_boundaries.Length)],
        5 => HostLayout.Pages + ((ulong)random.Next(HostLayout.PageCount) << 12),
        6 => HostLayout.Pages + (ulong)random.Next(HostLayout.PageCount << 12),
        7 => current + (ulong)random.Next(-8, 9),
        8 => (ulong)random.Next(16),
        _ => Garbage.Number(random),
    };

    /// <summary>Controls that the processor has, some of them 1, mostly with what they need: the fields and their values.</summary>
    public static IEnumerable<(VmcsField Field, ulong Value)> Controls(Vmcs good, Random random)
    {
        ulong Some(ulong allowed) => allowed & (ulong)random.NextInt64() & (ulong)random.NextInt64() & (random.Next(2) == 0 ? ulong.MaxValue : (ulong)random.NextInt64());
        var pin = (PinBasedControls)Some((ulong)VmxCapabilities.PinBased(HostileHost.Model));
        var first = (ProcessorBasedControls)Some((ulong)VmxCapabilities.ProcessorBased(HostileHost.Model));
        var second = (SecondaryControls)Some((ulong)VmxCapabilities.Secondary(HostileHost.Model));
        var exit = (VmExitControls)Some((ulong)VmxCapabilities.Exit);
        if (random.Next(8) != 0) Complete(ref pin, ref first, ref second, ref exit);
        yield return (VmcsField.PinBasedControls, good[VmcsField.PinBasedControls] | (ulong)pin);
        yield return (VmcsField.ProcessorBasedControls, good[VmcsField.ProcessorBasedControls] | (ulong)first);
        yield return (VmcsField.SecondaryProcessorBasedControls, good[VmcsField.SecondaryProcessorBasedControls] | (ulong)second);
        yield return (VmcsField.VmExitControls, good[VmcsField.VmExitControls] | (ulong)exit);
        yield return (VmcsField.ExceptionBitmap, Some(uint.MaxValue));
        if (random.Next(2) == 0) yield return (VmcsField.EptPointer, good[VmcsField.EptPointer] | (ulong)random.Next(2) << 6);
        if (random.Next(4) == 0) yield return (VmcsField.GuestInterruptStatus, (ulong)random.Next(0x1_0000));
        if (random.Next(4) == 0) yield return (VmcsField.PostedInterruptNotificationVector, (ulong)random.Next(256));
        if (random.Next(4) == 0) yield return (VmcsField.VmFunctionControls, 1);
        if ((first & ProcessorBasedControls.ActivateTertiaryControls) == 0) yield break;
        yield return (VmcsField.TertiaryProcessorBasedControls, random.Next(4) == 0 ? Garbage.Number(random) : (ulong)TertiaryControls.IpiVirtualization);
        yield return (VmcsField.LastPidPointerIndex, (ulong)random.Next(512));
    }

    /// <summary>Adds what VM entry asks for beside what is 1 already.</summary>
    private static void Complete(ref PinBasedControls pin, ref ProcessorBasedControls first, ref SecondaryControls second, ref VmExitControls exit)
    {
        const SecondaryControls NeedShadow = SecondaryControls.VirtualizeX2ApicMode | SecondaryControls.ApicRegisterVirtualization | SecondaryControls.VirtualInterruptDelivery;
        if ((pin & PinBasedControls.ProcessPostedInterrupts) != 0)
        {
            second |= SecondaryControls.VirtualInterruptDelivery;
            exit |= VmExitControls.AcknowledgeInterruptOnExit;
        }

        if ((second & SecondaryControls.VirtualizeX2ApicMode) != 0) second &= ~SecondaryControls.VirtualizeApicAccesses;
        if ((second & NeedShadow) != 0) first |= ProcessorBasedControls.UseTprShadow;
        if ((second & SecondaryControls.VirtualInterruptDelivery) != 0) pin |= PinBasedControls.ExternalInterruptExiting;
        if ((first & ProcessorBasedControls.NmiWindowExiting) != 0) pin |= PinBasedControls.VirtualNmis;
        if ((pin & PinBasedControls.VirtualNmis) != 0) pin |= PinBasedControls.NmiExiting;
        if ((exit & VmExitControls.SaveVmxPreemptionTimerValue) != 0) pin |= PinBasedControls.ActivateVmxPreemptionTimer;
    }

    /// <summary>An event to inject: mostly one that VM entry accepts, now and then anything.</summary>
    public static ulong Injection(Random random)
    {
        const uint Valid = 0x8000_0000, ErrorCode = 1 << 11;
        uint vector = (uint)random.Next(256), exception = (uint)random.Next(32);
        bool hasErrorCode = exception is 8 or (>= 10 and <= 14) or 17;
        return random.Next(16) switch
        {
            0 => Garbage.Number(random),
            1 => Valid | (uint)random.Next(0x1000),
            < 5 => Valid | vector,
            < 8 => Valid | (uint)EventType.SoftwareInterrupt << 8 | vector,
            8 => Valid | (uint)EventType.Nmi << 8 | 2,
            9 => Valid | (uint)EventType.SoftwareException << 8 | 3,
            10 => Valid | (uint)EventType.PrivilegedSoftwareException << 8 | 1,
            11 => Valid | (uint)EventType.Other << 8,
            _ => Valid | (uint)EventType.HardwareException << 8 | exception | (hasErrorCode ? ErrorCode : 0),
        };
    }

    /// <summary>An EPT entry: of a page or a table, with odd rights, reserved bits, a loop, an address outside memory or of a device, or anything.</summary>
    public static ulong EptEntry(ulong current, ulong table, Random random) => random.Next(10) switch
    {
        0 => table | 7,
        1 => table | (uint)random.Next(0x1000),
        2 => current & ~7ul | (uint)random.Next(8),
        3 => current ^ 1ul << random.Next(64),
        4 => current ^ Machine.Vmx.Ept.EptEntry.SuppressVe,
        5 => 0xFEE0_0000 | (uint)random.Next(0x100),
        6 => (1ul << random.Next(28, 52)) | (uint)random.Next(0x1000),
        7 => s_boundaries[random.Next(s_boundaries.Length)],
        8 => HostLayout.GuestAt(random.Next(7)) | (uint)random.Next(0x1000),
        _ => Garbage.Number(random),
    };

    /// <summary>An entry of a list of MSRs: index and value.</summary>
    public static (ulong Index, ulong Value) MsrEntry(Random random)
    {
        ulong index = random.Next(12) == 0 ? Garbage.Number(random) : (ulong)s_msrs[random.Next(s_msrs.Length)];
        return (index, random.Next(3) == 0 ? Garbage.Number(random) : (Msr)index == Msr.Efer ? 0xD00ul : 0);
    }
}
