using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx.Ept;

/// <summary>What EPT made of a guest-physical address.</summary>
/// <param name="Physical">The physical address.</param>
/// <param name="Writable">Whether a write needs neither check nor dirty flag.</param>
internal readonly record struct EptMapping(ulong Physical, bool Writable);

/// <summary>Guest-physical address to physical address in non-root operation.</summary>
[Manual("3C", "29.3", "The Extended Page Table Mechanism (EPT)")]
internal static class EptTranslation
{
    /// <summary>Whether guest-physical addresses are translated now.</summary>
    public static bool InUse(Processor p) => p.Vmx.Has(SecondaryControls.EnableEpt);

    /// <summary>The EPT pointer in use.</summary>
    public static EptPointer Pointer(Processor p) => new(p.Vmx.Vmcs[VmcsField.EptPointer]);

    /// <summary>The controls of walks now.</summary>
    public static EptWalkControls Controls(Processor p) =>
        new(p.Vmx.Has(SecondaryControls.ModeBasedExecuteControl), p.Model.PhysicalAddressBits, p.Model.EptCapabilities);

    /// <summary>
    /// Translates one access inside one page, and sets the EPT accessed and dirty flags. False when it is a misconfiguration or a
    /// violation: the exit is recorded, or #VE raised.
    /// </summary>
    public static bool Translate(Processor p, ulong guestPhysical, in EptAccess access, out EptMapping mapping)
    {
        if (GuestPhysicalMapping.TryFind(p, guestPhysical, access, out mapping)) return true;
        EptPointer pointer = Pointer(p);
        EptWalkControls controls = Controls(p);
        EptWalk walk = EptWalk.Run(p.Computer.Memory, pointer, guestPhysical, controls);
        if (walk.End == EptWalkEnd.Misconfigured)
            return VmExits.Record(p, new VmExit(ExitReason.EptMisconfiguration, GuestPhysicalAddress: guestPhysical));
        if (walk.End == EptWalkEnd.NotPresent || !EptViolations.Allows(walk.All, access, controls.ModeBasedExecute))
            return Violation(p, walk, guestPhysical, access, controls, pointer);
        bool dirties = (access.Kind & EptAccessKind.Write) != 0;
        bool dirtyOrUntracked = !pointer.AccessedAndDirty || dirties || (walk.Last.Value & EptEntry.Dirty) != 0;
        if (pointer.AccessedAndDirty && !SetAccessedAndDirty(p, walk, guestPhysical, dirties)) return false;
        GuestPhysicalMapping.Keep(p, guestPhysical, walk, dirtyOrUntracked);
        mapping = new EptMapping(walk.Physical, dirtyOrUntracked && (walk.All & EptEntry.Write) != 0);
        return true;
    }

    /// <summary>The access that the processor makes to a guest paging-structure entry. With accessed and dirty flags on, using one counts as a write.</summary>
    [Manual("3C", "29.3.5", "Accessed and Dirty Flags for EPT")]
    public static EptAccess OfPageWalk(Processor p, ulong linear, bool update) => new(
        update || Pointer(p).AccessedAndDirty ? EptAccessKind.Read | EptAccessKind.Write : EptAccessKind.Read,
        EptAccessOrigin.PageWalk,
        linear,
        default);

    [Manual("3C", "29.3.5", "Accessed and Dirty Flags for EPT")]
    private static bool SetAccessedAndDirty(Processor p, in EptWalk walk, ulong guestPhysical, bool dirties)
    {
        ulong leafNeeds = dirties ? EptEntry.Accessed | EptEntry.Dirty : EptEntry.Accessed;
        if ((walk.All & EptEntry.Accessed) != 0 && (walk.Last.Value & leafNeeds) == leafNeeds) return true;
        if (!PageModificationLog.HasRoom(p)) return false;
        for (int i = 0; i < walk.Count; i++)
        {
            (ulong address, EptEntry entry) = walk[i];
            ulong needs = i == walk.Count - 1 ? leafNeeds : EptEntry.Accessed;
            if ((entry.Value & needs) != needs) p.Computer.Memory.WriteEntry(address, entry.Value | needs);
        }

        if (dirties && (walk.Last.Value & EptEntry.Dirty) == 0) PageModificationLog.Add(p, guestPhysical);
        return true;
    }

    /// <summary>An EPT violation: a VM exit, or #VE after its information was saved.</summary>
    [Manual("3C", "26.5.7.3", "Delivery of Virtualization Exceptions")]
    private static bool Violation(
        Processor p, in EptWalk walk, ulong guestPhysical, in EptAccess access, in EptWalkControls controls, EptPointer pointer)
    {
        ulong qualification = EptViolations.Qualification(walk, access, controls);
        ulong linear = access.Origin == EptAccessOrigin.PdpteLoad ? 0 : p.Is64Bit ? access.Linear : (uint)access.Linear;
        bool enabled = p.Vmx.Has(SecondaryControls.EptViolationVe), suppress = (walk.Last.Value & EptEntry.SuppressVe) != 0;
        ulong area = p.Vmx.Vmcs[VmcsField.VirtualizationExceptionInformationAddress];
        uint busy = enabled ? VirtualizationExceptionInformation.Busy(p.Computer.Memory, area) : 0;
        var conditions = new ViolationConditions(enabled, suppress, p.Protected, p.Delivering is not null, busy, pointer.AccessedAndDirty);
        ViolationOutcome outcome = ConvertibleViolations.Decide(conditions, p.Computer.Options.Faults);
        VmxSteps.Violation(p, conditions, outcome, walk.Last);
        var exit = new VmExit(ExitReason.EptViolation, qualification, GuestLinearAddress: linear, GuestPhysicalAddress: guestPhysical);
        if (outcome == ViolationOutcome.Exit) return VmExits.Record(p, exit);
        if (p.IretUnblockedNmis) exit = ExitInformation.WithNmiUnblocking(p, exit);
        ushort index = (ushort)p.Vmx.Vmcs[VmcsField.EptpIndex];
        new VirtualizationExceptionInformation(exit.Qualification, linear, guestPhysical, index).Save(p.Computer.Memory, area);
        p.Raise(Event.Exception(ExceptionVector.Virtualization) with { Source = EventSource.EptViolation });
        return false;
    }
}
