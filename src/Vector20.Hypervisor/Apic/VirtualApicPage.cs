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

    private VectorSet _stored;

    /// <summary>Whether the processor delivers virtual interrupts: the APIC is enabled, and where it is after reset.</summary>
    public bool Active { get; private set; }

    /// <summary>The same page in the memory of a fork.</summary>
    public VirtualApicPage Fork(PhysicalMemory fork) => new(fork, page, accessPage) { _stored = _stored, Active = Active };

    /// <summary>A register as the processor left it.</summary>
    public uint this[int offset]
    {
        get => memory.Read<uint>(At(offset));
        private set => memory.Write(At(offset), value);
    }

    /// <summary>Before a VM entry: from the software APIC to the page.</summary>
    public void Store(Vcpu v)
    {
        LocalApic apic = v.Apic!;
        ChooseControls(v, apic);
        if (!Active) return;
        foreach (int offset in s_registers) this[offset] = ApicRegisters.Read(apic, (ApicRegister)offset);
        this[(int)ApicRegister.InterruptCommandHigh] = (uint)(apic.State.InterruptCommand >> 32);
        _stored = apic.State.Requested;
        int requested = Math.Max(0, apic.State.Requested.Highest), inService = Math.Max(0, apic.State.InService.Highest);
        v.Vmcs[VmcsField.GuestInterruptStatus] = (uint)requested | (uint)inService << 8;
        for (int i = 0; i < 4; i++) v.Vmcs[(VmcsField)((int)VmcsField.EoiExitBitmap0 + 2 * i)] = apic.State.TriggerMode[i];
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
        for (int i = 0; i < 4; i++)
        {
            state.Requested[i] &= ~_stored[i];
            state.InService[i] = 0;
        }

        return state;
    }

    /// <summary>64 of the vectors that are requested in the page.</summary>
    public ulong RequestedPart(int index) => Set(ApicRegister.InterruptRequest, index);

    /// <summary>The vectors in service in the page, and its task priority.</summary>
    public VectorSet InService
    {
        get
        {
            VectorSet set = default;
            for (int i = 0; i < 4; i++) set[i] = Set(ApicRegister.InService, i);
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
        foreach (int offset in s_registers)
            if (offset != (int)ApicRegister.InterruptCommandLow) fingerprint.Add(this[offset]);
    }

    /// <summary>After a VM exit: from the page to the software APIC.</summary>
    public void Load(Vcpu v)
    {
        if (!Active) return;
        ref LocalApicState state = ref v.Apic!.State;
        state.TaskPriority = (byte)this[(int)ApicRegister.TaskPriority];
        for (int i = 0; i < 4; i++)
        {
            ulong posted = state.Requested[i] & ~_stored[i];
            state.Requested[i] = Set(ApicRegister.InterruptRequest, i) | posted;
            state.InService[i] = Set(ApicRegister.InService, i);
        }

        if (v.Apic.Mode == ApicMode.XApic) state.InterruptCommand = (uint)state.InterruptCommand | (ulong)this[(int)ApicRegister.InterruptCommandHigh] << 32;
    }

    private static readonly int[] s_registers = [.. Enumerable.Range(0, 0x40).Select(i => i << 4).Where(IsStored)];

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

    private ulong Set(ApicRegister first, int index) => this[(int)first + 0x20 * index] | (ulong)this[(int)first + 0x20 * index + 0x10] << 32;

    private PhysicalAddress At(int offset) => new(page.Value + (uint)offset);
}
