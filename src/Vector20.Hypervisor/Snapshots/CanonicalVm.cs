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
    private const ulong TableAddress = EptBits.Address;

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
        foreach (Memslot slot in mmu.Slots.All.OrderBy(s => s.Id))
        {
            AddSlot(fingerprint, slot);
            if (mmu.DirtyBitmaps.TryGetValue(slot.Id, out ulong[]? log)) fingerprint.Add(MemoryMarshal.AsBytes<ulong>(log));
        }
    }

    private static void AddSlot(Fingerprint fingerprint, Memslot? slot) =>
        fingerprint.Add((ulong)(long)(slot?.Id ?? -1), slot?.GuestBase ?? 0, slot?.Size ?? 0, slot?.HostBase ?? 0, slot?.ReadOnly == true ? 1u : 0, slot?.LogDirtyPages == true ? 1u : 0);

    /// <summary>Tables by what they are for, wherever they lie: their entries that are not as a new table has them.</summary>
    private static void AddTables(Fingerprint fingerprint, VirtualMachine vm)
    {
        ulong fresh = ShadowEntry.Make(ShadowEntryState.NonPresent, default, vm.Mmu.Rules);
        foreach ((ulong table, (ulong first, int level)) in vm.Mmu.Tables.OrderBy(t => (t.Value.Level, t.Value.Base)))
        {
            fingerprint.Add(first, (ulong)level);
            ReadOnlySpan<ulong> entries = MemoryMarshal.Cast<byte, ulong>(vm.Computer.Memory.BytesOf(table));
            for (int i = 0; i < entries.Length; i++)
            {
                int ahead = entries[i..].IndexOfAnyExcept(fresh);
                if (ahead < 0) break;
                i += ahead;
                fingerprint.Add((ulong)i, Canonical(entries[i], level, vm.Mmu.Slots.Generation));
            }
        }
    }

    /// <summary>A reference to a table says that there is one; an MMIO entry says whether it is of the slots as they are now.</summary>
    private static ulong Canonical(ulong entry, int level, uint generation)
    {
        if ((entry & SoftwareBits.Present) == 0)
        {
            if (ShadowEntry.StateOf(entry, level) != ShadowEntryState.Mmio) return entry;
            return entry & ~MmioGeneration.Place(MmioGeneration.Mask) | (MmioGeneration.Of(entry) == generation ? MmioGeneration.Place(1) : 0);
        }

        return level > 1 && (entry & EptBits.Leaf) == 0 ? entry & ~TableAddress : entry;
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
