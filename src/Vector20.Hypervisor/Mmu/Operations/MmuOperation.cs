namespace Vector20.Hypervisor.Mmu.Operations;

/// <summary>What the host does to the EPT on its own account, beside the faults of the guest.</summary>
public enum MmuOperationKind : byte
{
    /// <summary>Makes every leaf of a range non-present.</summary>
    ZapRange,

    /// <summary>Takes the entry that decides about an address away in two steps, frozen in between, while vCPUs may fault on it.</summary>
    ZapAtomically,

    /// <summary>Takes the whole EPT down at its root.</summary>
    ZapAll,

    /// <summary>Starts dirty logging of a slot: large pages are split, and write permission is taken from every page.</summary>
    StartDirtyLog,

    /// <summary>Reads the dirty log and clears it: the pages are protected again.</summary>
    ReadDirtyLog,

    /// <summary>Stops dirty logging: tables that one large page could replace are zapped atomically.</summary>
    StopDirtyLog,

    /// <summary>Starts a new interval of finding out which pages of a range are in use.</summary>
    Age,

    /// <summary>Splits the large pages of a range into 4-KiB pages.</summary>
    Split,

    /// <summary>Adds a slot.</summary>
    AddSlot,

    /// <summary>Deletes a slot: its range becomes MMIO.</summary>
    DeleteSlot,

    /// <summary>Moves a slot to another guest-physical address.</summary>
    MoveSlot,
}

/// <summary>One operation.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Start">The first guest-physical address; where a moved slot goes.</param>
/// <param name="Size">Bytes.</param>
/// <param name="SlotId">The slot it is about.</param>
/// <param name="Slot">The slot to add.</param>
public readonly record struct MmuOperation(MmuOperationKind Kind, ulong Start = 0, ulong Size = 0, int SlotId = -1, Memslot? Slot = null)
{
    /// <summary>
    /// Whether faults of the guest wait until it is over, as behind KVM's lock held for writing. The guest itself runs on meanwhile, through
    /// entries half of which are new; the other operations take turns with faults entry by entry.
    /// </summary>
    public bool Excludes => Kind is MmuOperationKind.ZapRange or MmuOperationKind.ZapAll or MmuOperationKind.DeleteSlot or MmuOperationKind.MoveSlot or MmuOperationKind.Age;
}

/// <summary>How far an operation has come. A plain value: a machine forks, and is hashed, in the middle of an operation.</summary>
/// <param name="Operation">Which operation.</param>
/// <param name="Pass">The pass it is in.</param>
/// <param name="Cursor">The guest-physical address from which on the pass has work left.</param>
/// <param name="Level">The level that is being collapsed.</param>
/// <param name="Frozen">The physical address of the entry that it has frozen; 0 for none.</param>
/// <param name="Count">What it has counted: the pages found young.</param>
public readonly record struct MmuProgress(MmuOperation Operation, int Pass, ulong Cursor, int Level = 0, ulong Frozen = 0, int Count = 0)
{
    /// <summary>An operation that has done nothing yet.</summary>
    public static MmuProgress Of(in MmuOperation operation) => new(operation, 0, 0);
}
