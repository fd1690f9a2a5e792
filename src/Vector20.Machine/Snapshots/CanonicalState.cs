using System.Runtime.InteropServices;
using Vector20.Machine.Apic;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Snapshots;

/// <summary>
/// The state of a computer in a form in which two that will do the same are equal although they have come there by other ways: clocks and counters
/// are left out, and so is what will be written before it is read.
/// </summary>
public static class CanonicalState
{
    /// <summary>Takes in a processor.</summary>
    /// <param name="fingerprint">What takes it in.</param>
    /// <param name="p">The processor.</param>
    /// <param name="idle">
    /// Whether it waits for work, at CPL 0: then its general registers, status flags, CR2, RIP, CS and SS will be written before they are read.
    /// </param>
    public static void Add(Fingerprint fingerprint, Processor p, bool idle)
    {
        if (!idle)
        {
            for (int i = 0; i < 16; i++) fingerprint.Add(p[i]);
            fingerprint.Add(p.Rflags, p.ControlRegister2, p.InstructionPointer, (ulong)p.CurrentPrivilegeLevel);
            AddSegment(fingerprint, p.Segment(SegmentName.Cs));
            AddSegment(fingerprint, p.Segment(SegmentName.Ss));
        }

        fingerprint.Add(p.SystemFlags);
        AddSystem(fingerprint, p);
        fingerprint.Add((ulong)p.Activity, (ulong)p.Shadow, p.PendingDebugTraps, (ulong)(long)p.SipiPending);
        fingerprint.Add(Bits(p.NmisBlocked, p.NmiPending, p.MonitorArmed, p.InitPending, p.SmiPending, p.Ended));
        fingerprint.Add(p.Msrs.Values);
        fingerprint.Add(MemoryMarshal.AsBytes(new ReadOnlySpan<ExtendedRegisterFile>(in p.Extended.File)));
        AddApic(fingerprint, p.Apic.State, p.Now);
        AddVmx(fingerprint, p.Vmx);
        fingerprint.Add(p.Vmx.PreemptionDeadline == ulong.MaxValue ? ulong.MaxValue : p.Vmx.PreemptionDeadline - p.Now);
    }

    /// <summary>Takes in a local APIC's state. The interrupt command register is left out: it is written whole before it acts.</summary>
    internal static void AddApic(Fingerprint fingerprint, LocalApicState state, ulong now)
    {
        state.InterruptCommand = 0;
        if (state.TimerCount != 0) state.TimerStart -= now;
        else state.TimerStart = 0;
        fingerprint.Add(MemoryMarshal.AsBytes(new ReadOnlySpan<LocalApicState>(in state)));
    }

    /// <summary>Adds the addresses of the pages whose bytes may differ from those of a memory that this one descends from.</summary>
    public static void AddChangedPages(PhysicalMemory memory, PhysicalMemory ancestor, List<ulong> pages) => memory.AddChangedPages(ancestor, pages);

    /// <summary>Takes in the bytes of the pages that differ from those of an ancestor, but for those that a function leaves out.</summary>
    /// <param name="fingerprint">What takes them in.</param>
    /// <param name="memory">The memory.</param>
    /// <param name="ancestor">A memory that it descends from.</param>
    /// <param name="scratch">A list to use.</param>
    /// <param name="live">Whether a page counts.</param>
    public static void Add(Fingerprint fingerprint, PhysicalMemory memory, PhysicalMemory ancestor, List<ulong> scratch, Func<ulong, bool> live)
    {
        scratch.Clear();
        memory.AddChangedPages(ancestor, scratch);
        foreach (ulong page in scratch)
        {
            if (!live(page)) continue;
            ReadOnlySpan<byte> now = memory.BytesOf(page);
            if (now.SequenceEqual(ancestor.BytesOf(page))) continue;
            fingerprint.Add(page);
            fingerprint.Add(now);
        }
    }

    private static void AddSystem(Fingerprint fingerprint, Processor p)
    {
        foreach (SegmentName name in (ReadOnlySpan<SegmentName>)[SegmentName.Es, SegmentName.Ds, SegmentName.Fs, SegmentName.Gs]) AddSegment(fingerprint, p.Segment(name));
        AddSegment(fingerprint, p.Ldtr);
        AddSegment(fingerprint, p.Tr);
        fingerprint.Add(p.Gdtr.Base, p.Gdtr.Limit, p.Idtr.Base, p.Idtr.Limit);
        fingerprint.Add(p.ControlRegister0, p.ControlRegister3, p.ControlRegister4, p.ExtendedFeatures, p.Xcr0, p.Pkru);
        fingerprint.Add(p.DebugAddresses);
        fingerprint.Add(p.DebugStatus, p.DebugControl);
        fingerprint.Add(p.PaePdptes);
        fingerprint.Add(p.RandomState, p.TimeStampOffset);
    }

    private static void AddSegment(Fingerprint fingerprint, in SegmentRegister segment) =>
        fingerprint.Add(segment.Selector, segment.Base, segment.Limit, segment.AccessRights);

    private static void AddVmx(Fingerprint fingerprint, VmxState vmx)
    {
        fingerprint.Add(Bits(vmx.NonRoot, vmx.InHost, vmx.ExitPending, vmx.Stay, vmx.VirtualNmisBlocked, vmx.MonitorTrapPending, vmx.TaskSwitchLifted, vmx.VirtualInterruptPending));
        fingerprint.Add((ulong)vmx.PinBased, (ulong)vmx.ProcessorBased, (ulong)vmx.Secondary, (ulong)vmx.Tertiary, (ulong)vmx.ExitControls, (ulong)vmx.EntryControls);
        fingerprint.Add(vmx.ExceptionBitmap, vmx.PageFaultErrorCodeMask, vmx.PageFaultErrorCodeMatch, (ulong)(long)vmx.PendingApicWrite);
        fingerprint.Add(vmx.AssistedMemory is null ? ulong.MaxValue : vmx.AssistedPage);
        fingerprint.Add(vmx.TrapLikeExit is { } exit ? (ulong)exit.Reason << 32 | (uint)exit.Qualification : ulong.MaxValue);
        fingerprint.Add(vmx.On);
        if (vmx.On)
        {
            AddMachineHost(fingerprint, vmx);
            return;
        }

        ReadOnlySpan<ulong> slots = vmx.Vmcs.Contents;
        foreach (int slot in vmx.ExitPending ? s_all : vmx.NonRoot ? s_liveInGuest : s_liveInHost) fingerprint.Add(slots[slot]);
    }

    /// <summary>A host in machine code may read any field of its VMCS at any time, so all count.</summary>
    private static void AddMachineHost(Fingerprint fingerprint, VmxState vmx)
    {
        fingerprint.Add(vmx.VmxonPointer, vmx.CurrentPointer, vmx.CurrentIsShadow ? 1ul : 0, vmx.Vmcs.Launched ? 1ul : 0);
        fingerprint.Add(vmx.Vmcs.Contents);
    }

    /// <summary>What an exit writes anew whatever it was: its own information, and, while the guest runs, the guest state that every exit saves.</summary>
    private static bool IsLive(VmcsField field, bool inGuest)
    {
        if (field is VmcsField.VmxPreemptionTimerValue or VmcsField.VmEntryExceptionErrorCode or VmcsField.VmEntryInstructionLength) return false;
        if (field.Type() == VmcsFieldType.ReadOnlyData) return false;
        return !inGuest || field.Type() != VmcsFieldType.GuestState || field
            is VmcsField.GuestInterruptStatus or VmcsField.GuestDr7 or VmcsField.GuestDebugCtl or VmcsField.VmcsLinkPointer or VmcsField.GuestPat or VmcsField.GuestEfer;
    }

    /// <summary>An exit that the host has not handled yet: it will read what the exit says.</summary>
    private static readonly int[] s_all = [.. VmcsFields.All.Select(Vmcs.Slot)];
    private static readonly int[] s_liveInGuest = [.. VmcsFields.All.Where(field => IsLive(field, true)).Select(Vmcs.Slot)];
    private static readonly int[] s_liveInHost = [.. VmcsFields.All.Where(field => IsLive(field, false)).Select(Vmcs.Slot)];

    private static ulong Bits(params ReadOnlySpan<bool> bits)
    {
        ulong value = 0;
        for (int i = 0; i < bits.Length; i++) value |= bits[i] ? 1ul << i : 0;
        return value;
    }
}
