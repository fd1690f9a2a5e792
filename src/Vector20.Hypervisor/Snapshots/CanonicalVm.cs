using System.Runtime.InteropServices;
using Vector20.Hypervisor.Mmu;
using Vector20.Hypervisor.Mmu.Operations;
using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Snapshots;

namespace Vector20.Hypervisor.Snapshots;

/// <summary>
/// The hypervisor's own state in canonical form (see <see cref="CanonicalState"/>): where its tables lie, how often slots have changed and how many
/// exits there were does not count; what the tables say does.
/// </summary>
public static class CanonicalVm
{
    /// <summary>Takes in a VM, and where an operation of the host's has come to in it.</summary>
    public static void Add(Fingerprint fingerprint, VirtualMachine vm, in MmuProgress? progress)
    {
        fingerprint.Add((ulong)vm.State, (ulong)vm.Dumps.Count);
        foreach (Vcpu v in vm.Vcpus) AddVcpu(fingerprint, v);
        AddMmu(fingerprint, vm, progress);
    }

    /// <summary>Takes in the slots, the EPT, and an operation on them.</summary>
    public static void AddMmu(Fingerprint fingerprint, VirtualMachine vm, in MmuProgress? progress)
    {
        AddSlots(fingerprint, vm.Mmu);
        AddTables(fingerprint, vm);
        fingerprint.Add(vm.Mmu.FaultsWait);
        if (progress is { } p) AddProgress(fingerprint, vm.Mmu, p);
    }

    /// <summary>Whether a page of memory counts: EPT tables and virtual-APIC pages are taken in by what they say, and pages that the hypervisor does not use say nothing.</summary>
    public static bool IsLive(VirtualMachine vm, ulong page)
    {
        foreach (Vcpu v in vm.Vcpus)
            if (v.ApicPage?.IsAt(page) == true) return false;
        return !vm.Mmu.Tables.ContainsKey(page) && !vm.Pages.IsFree(page);
    }

    private static void AddVcpu(Fingerprint fingerprint, Vcpu v)
    {
        AddEvent(fingerprint, v.Interrupted);
        AddEvent(fingerprint, v.Exception);
        fingerprint.Add(v.NmiPending, v.InitPending, v.WaitsForStartUp);
        fingerprint.Add((ulong)(long)v.StartUpVector, v.FeatureControl, v.TscAdjust, v.Assisted?.Rip ?? 0, v.Assisted?.Guest ?? ulong.MaxValue);
        if (v.Apic is { } apic) CanonicalState.AddApic(fingerprint, v.ApicPage?.StateBehind(v) ?? apic.State, v.Vm.Computer.Now);
        v.ApicPage?.Add(fingerprint, v);
    }

    private static void Add(this Fingerprint fingerprint, params ReadOnlySpan<bool> bits)
    {
        foreach (bool bit in bits) fingerprint.Add(bit);
    }

    private static void AddEvent(Fingerprint fingerprint, in Event? e) =>
        fingerprint.Add(e is { } some ? some.InterruptionInformation | (ulong)some.InstructionLength << 32 : 0, e?.ErrorCode ?? 0);

    private static void AddSlots(Fingerprint fingerprint, ShadowMmu mmu)
    {
        foreach (Memslot slot in mmu.Slots.ById)
        {
            AddSlot(fingerprint, slot);
            if (mmu.DirtyBitmaps.TryGetValue(slot.Id, out ulong[]? log)) fingerprint.Add(MemoryMarshal.AsBytes<ulong>(log));
        }
    }

    private static void AddSlot(Fingerprint fingerprint, Memslot? slot) =>
        fingerprint.Add((ulong)(long)(slot?.Id ?? -1), slot?.GuestBase ?? 0, slot?.Size ?? 0, slot?.HostBase ?? 0, slot?.ReadOnly == true ? 1u : 0, slot?.LogDirtyPages == true ? 1u : 0);

    /// <summary>Tables by what they are for, wherever they lie.</summary>
    private static void AddTables(Fingerprint fingerprint, VirtualMachine vm)
    {
        foreach (ShadowTable table in vm.Mmu.TablesInOrder)
        {
            fingerprint.Add(table.Base, (ulong)table.Level);
            ReadOnlySpan<ulong> entries = MemoryMarshal.Cast<byte, ulong>(vm.Computer.Memory.BytesOf(table.Address));
            fingerprint.Add(vm.Digests.Of(table, entries, vm.Mmu.Slots.Generation));
        }
    }

    private static void AddProgress(Fingerprint fingerprint, ShadowMmu mmu, in MmuProgress progress)
    {
        MmuOperation operation = progress.Operation;
        fingerprint.Add((ulong)operation.Kind + 1, operation.Start, operation.Size, (ulong)(long)operation.SlotId, (ulong)progress.Count);
        AddSlot(fingerprint, operation.Slot);
        ulong frozen = progress.Frozen;
        EntryLocation at = mmu.Freezing.Find(entry => entry.Address.Value == frozen);
        fingerprint.Add((ulong)progress.Pass, progress.Cursor, (ulong)progress.Level, frozen == 0 ? 0 : at.Base.Value + 1, (ulong)at.Level);
    }
}
