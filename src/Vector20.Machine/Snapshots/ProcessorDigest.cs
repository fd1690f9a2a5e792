using System.Runtime.InteropServices;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Snapshots;

/// <summary>What of a processor is state: everything that a guest, or the host behind it, can ever find out.</summary>
internal static class ProcessorDigest
{
    private const ulong None = ulong.MaxValue;

    /// <summary>Takes in a processor with its APIC and its VMX state.</summary>
    public static void Add(Processor p, StateDigest digest)
    {
        AddRegisters(p, digest);
        AddSystemRegisters(p, digest);
        AddPending(p, digest);
        digest.Add(p.Msrs.Values);
        digest.Add(p.Apic.StateBytes);
        AddVmx(p.Vmx, digest);
    }

    private static void AddRegisters(Processor p, StateDigest digest)
    {
        for (int i = 0; i < 16; i++) digest.Add(p[i]);
        digest.Add(p.Rip);
        digest.Add(p.Rflags);
        for (SegmentName name = SegmentName.Es; name <= SegmentName.Gs; name++) AddSegment(p.Segment(name), digest);
    }

    private static void AddSystemRegisters(Processor p, StateDigest digest)
    {
        AddSegment(p.Ldtr, digest);
        AddSegment(p.Tr, digest);
        digest.Add([p.Gdtr.Base, p.Gdtr.Limit, p.Idtr.Base, p.Idtr.Limit]);
        digest.Add([p.ControlRegister0, p.ControlRegister2, p.ControlRegister3, p.ControlRegister4, p.ExtendedFeatures, p.Xcr0, p.Pkru]);
        digest.Add(p.DebugAddresses);
        digest.Add([p.DebugStatus, p.DebugControl]);
        digest.Add(p.PaePdptes);
        digest.Add(MemoryMarshal.AsBytes(new ReadOnlySpan<ExtendedRegisterFile>(in p.Extended.File)));
        digest.Add([p.CurrentPrivilegeLevel, p.RandomState, p.TimeStampOffset]);
    }

    private static void AddPending(Processor p, StateDigest digest)
    {
        digest.Add([(ulong)p.Activity, (ulong)p.Shadow, p.PendingDebugTraps, (ulong)(long)p.SipiPending]);
        digest.Add([Bit(p.NmisBlocked), Bit(p.NmiPending), Bit(p.MonitorArmed), Bit(p.InitPending), Bit(p.SmiPending), Bit(p.Ended)]);
    }

    private static void AddVmx(VmxState vmx, StateDigest digest)
    {
        digest.Add([Bit(vmx.NonRoot), Bit(vmx.InHost), Bit(vmx.ExitPending), Bit(vmx.Stay)]);
        digest.Add([Bit(vmx.On), vmx.VmxonPointer, vmx.CurrentPointer, Bit(vmx.CurrentIsShadow)]);
        digest.Add([Bit(vmx.VirtualNmisBlocked), Bit(vmx.MonitorTrapPending), Bit(vmx.TaskSwitchLifted), vmx.PreemptionDeadline]);
        digest.Add([Bit(vmx.VirtualInterruptPending), (ulong)(long)vmx.PendingApicWrite]);
        digest.Add([(ulong)vmx.PinBased, (ulong)vmx.ProcessorBased, (ulong)vmx.Secondary, (ulong)vmx.Tertiary]);
        digest.Add([(ulong)vmx.ExitControls, (ulong)vmx.EntryControls]);
        digest.Add([vmx.ExceptionBitmap, vmx.PageFaultErrorCodeMask, vmx.PageFaultErrorCodeMatch]);
        digest.Add([vmx.LastPause, vmx.FirstPause, vmx.AssistedPage, vmx.AssistedTick, vmx.AssistedRip]);
        digest.Add(vmx.TrapLikeExit is { } exit ? (ulong)exit.Reason : None);
        digest.Add(vmx.TrapLikeExit?.Qualification ?? 0);
        digest.Add(Bit(vmx.Vmcs.Launched));
        digest.Add(vmx.Vmcs.Contents);
    }

    private static void AddSegment(in SegmentRegister segment, StateDigest digest) =>
        digest.Add([segment.Selector, segment.Base, segment.Limit, segment.AccessRights]);

    private static ulong Bit(bool value) => value ? 1u : 0;
}
