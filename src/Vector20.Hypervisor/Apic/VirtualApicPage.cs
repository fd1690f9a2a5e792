using System.Runtime.InteropServices;
using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Machine.Memory;
using Vector20.Machine.Snapshots;
using Vector20.Machine.Vmx;

namespace Vector20.Hypervisor.Apic;

/// <summary>
/// APIC virtualization: while the guest runs, the processor keeps the virtual APIC's TPR, IRR and ISR in a page; between exits
/// they are the software APIC's. What other vCPUs request meanwhile is added when it comes back.
/// </summary>
[Manual("3C", "30.1", "Virtual APIC State")]
internal sealed class VirtualApicPage(PhysicalMemory memory, PhysicalAddress page, PhysicalAddress accessPage)
{
    private const SecondaryControls Help = SecondaryControls.ApicRegisterVirtualization | SecondaryControls.VirtualInterruptDelivery;
    private const SecondaryControls Ways = SecondaryControls.VirtualizeApicAccesses | SecondaryControls.VirtualizeX2ApicMode;

    private const uint DeliveryStatus = 1 << 12;

    /// <summary>Whether the processor delivers virtual interrupts: the APIC is enabled, and where it is after reset.</summary>
    public bool Active { get; private set; }

    /// <summary>The same page in the memory of a fork.</summary>
    public VirtualApicPage Fork(PhysicalMemory fork) => new(fork, page, accessPage) { Active = Active };

    /// <summary>A register as the processor left it.</summary>
    public uint this[int offset] => Registers[offset / 4];

    /// <summary>All of them, each in the first 4 of 16 bytes. They hold until the next write.</summary>
    private ReadOnlySpan<uint> Registers => MemoryMarshal.Cast<byte, uint>(memory.BytesOf(page.Value));

    /// <summary>
    /// Before a VM entry: from the software APIC to the page. Requests move there, so that one with a vector that the guest has taken meanwhile is told from
    /// the one that it took. Only what differs is written, for a write to a page that forks share copies it.
    /// </summary>
    public void Store(Vcpu v)
    {
        LocalApic apic = v.Apic!;
        ChooseControls(v, apic);
        if (!Active) return;
        ReadOnlySpan<uint> registers = Registers;
        foreach (int offset in s_outsideSets) Put(ref registers, offset, ApicRegisters.Read(apic, (ApicRegister)offset));
        Put(ref registers, (int)ApicRegister.InterruptCommandHigh, (uint)(apic.State.InterruptCommand >> 32));
        Put(ref registers, ApicRegister.InService, apic.State.InService);
        Put(ref registers, ApicRegister.TriggerMode, apic.State.TriggerMode);
        Put(ref registers, ApicRegister.InterruptRequest, apic.State.Requested);
        int requested = Math.Max(0, apic.State.Requested.Highest), inService = Math.Max(0, apic.State.InService.Highest);
        v.Vmcs[VmcsField.GuestInterruptStatus] = (uint)requested | (uint)inService << 8;
        for (int i = 0; i < 4; i++) v.Vmcs[(VmcsField)((int)VmcsField.EoiExitBitmap0 + 2 * i)] = apic.State.TriggerMode[i];
        apic.State.Requested = default;
    }

    /// <summary>
    /// The software APIC's state without what the next exit takes from the page. While the guest runs the page and the VMCS hold what it is; of the
    /// requests only those that others have made meanwhile are news.
    /// </summary>
    public LocalApicState StateBehind(Vcpu v)
    {
        LocalApicState state = v.Apic!.State;
        if (!Active || !v.Processor.Vmx.NonRoot) return state;
        state.TaskPriority = 0;
        state.InService = default;
        return state;
    }

    /// <summary>Whether there are requests that the guest has not seen. What is in service and the task priority it may have changed since: whether they mask a request is the page's to say.</summary>
    public bool HasNews(Vcpu v) => Active && v.Processor.Vmx.NonRoot && v.Apic!.State.Requested.Highest >= 0;

    /// <summary>64 of the vectors that are requested in the page.</summary>
    public ulong RequestedPart(int index) => Part(Registers, ApicRegister.InterruptRequest, index);

    /// <summary>The vectors in service in the page, and its task priority.</summary>
    public VectorSet InService
    {
        get
        {
            ReadOnlySpan<uint> registers = Registers;
            VectorSet set = default;
            for (int i = 0; i < 4; i++) set[i] = Part(registers, ApicRegister.InService, i);
            return set;
        }
    }

    /// <summary>The task priority in the page.</summary>
    public byte TaskPriority => (byte)this[(int)ApicRegister.TaskPriority];

    /// <summary>Whether the virtual-APIC page is at a physical address.</summary>
    public bool IsAt(ulong address) => page.Value == address;

    /// <summary>Takes in what the page says while the guest runs; between exits the software APIC says it. The command register is written before it acts.</summary>
    public void Add(Fingerprint fingerprint, Vcpu v)
    {
        if (!Active || !v.Processor.Vmx.NonRoot) return;
        ReadOnlySpan<uint> registers = Registers;
        foreach (int offset in s_registers)
            if (offset != (int)ApicRegister.InterruptCommandLow) fingerprint.Add(registers[offset / 4]);
    }

    /// <summary>After a VM exit: from the page to the software APIC.</summary>
    public void Load(Vcpu v)
    {
        if (!Active) return;
        ref LocalApicState state = ref v.Apic!.State;
        ReadOnlySpan<uint> registers = Registers;
        state.TaskPriority = (byte)registers[(int)ApicRegister.TaskPriority / 4];
        for (int i = 0; i < 4; i++)
        {
            state.Requested[i] |= Part(registers, ApicRegister.InterruptRequest, i);
            state.InService[i] = Part(registers, ApicRegister.InService, i);
        }

        if (v.Apic.Mode == ApicMode.XApic)
            state.InterruptCommand = registers[(int)ApicRegister.InterruptCommandLow / 4] & ~DeliveryStatus | (ulong)registers[(int)ApicRegister.InterruptCommandHigh / 4] << 32;
    }

    private static readonly int[] s_registers = [.. Enumerable.Range(0, 0x40).Select(i => i << 4).Where(IsStored)];

    private static readonly int[] s_outsideSets = [.. s_registers.Where(offset => offset is < (int)ApicRegister.InService or >= (int)ApicRegister.ErrorStatus)];

    private static bool IsStored(int offset) =>
        ApicPage.Exists(offset) && (ApicRegister)offset is not (ApicRegister.CurrentCount or ApicRegister.InterruptCommandHigh or ApicRegister.RemoteRead or ApicRegister.ArbitrationPriority);

    /// <summary>The processor helps in xAPIC mode with the page where it is after reset, and in x2APIC mode; else every access exits.</summary>
    [Manual("3C", "30.4", "Virtualizing Memory-Mapped APIC Accesses")]
    [Manual("3C", "30.5", "Virtualizing MSR-Based APIC Accesses")]
    private void ChooseControls(Vcpu v, LocalApic apic)
    {
        bool xapic = apic.Mode == ApicMode.XApic && apic.Decodes(ApicBase.DefaultAddress);
        Active = xapic || apic.Mode == ApicMode.X2Apic;
        var secondary = (SecondaryControls)v.Vmcs[VmcsField.SecondaryProcessorBasedControls] & ~(Help | Ways);
        if (Active) secondary |= Help | (xapic ? SecondaryControls.VirtualizeApicAccesses : SecondaryControls.VirtualizeX2ApicMode);
        if (v.Vmcs[VmcsField.SecondaryProcessorBasedControls] != (ulong)secondary) v.Processor.FlushTlb();
        v.Vmcs[VmcsField.SecondaryProcessorBasedControls] = (ulong)secondary;
        v.Vmcs[VmcsField.VirtualApicAddress] = page.Value;
        v.Vmcs[VmcsField.ApicAccessAddress] = accessPage.Value;
    }

    private static ulong Part(ReadOnlySpan<uint> registers, ApicRegister first, int index) =>
        registers[(int)first / 4 + 8 * index] | (ulong)registers[(int)first / 4 + 8 * index + 4] << 32;

    private void Put(ref ReadOnlySpan<uint> registers, ApicRegister first, in VectorSet set)
    {
        for (int i = 0; i < 8; i++) Put(ref registers, (int)first + 0x10 * i, set.Register(i));
    }

    private void Put(ref ReadOnlySpan<uint> registers, int offset, uint value)
    {
        if (registers[offset / 4] == value) return;
        memory.Write(new PhysicalAddress(page.Value + (uint)offset), value);
        registers = Registers;
    }
}
