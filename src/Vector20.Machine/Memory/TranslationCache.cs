using Vector20.Machine.Memory.Paging;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Memory;

/// <summary>
/// The arrays of one processor's software TLB and of its ways to blocks. All machines on a <see cref="FramePool"/> use the same ones in
/// turn, so a fork costs none: an entry made by another machine carries a generation, or a context, that no other has.
/// </summary>
internal sealed class TranslationCache
{
    private const uint LastGeneration = 4095;
    private uint _generation;
    private Processor? _user;
    private bool _shared;

    /// <summary>The entries, by access mode and page.</summary>
    public TlbEntry[] Entries { get; private set; } = NewEntries();

    /// <summary>Guest-physical mappings.</summary>
    public GuestPhysicalMapping[] GuestPhysical { get; private set; } = new GuestPhysicalMapping[Processor.GuestPhysicalMappings];

    /// <summary>The paging-structure cache.</summary>
    public CachedTable[] Tables { get; private set; } = new CachedTable[CachedTable.Count];

    /// <summary>Blocks by linear address of their first byte.</summary>
    public BlockLink[] Jumps { get; } = new BlockLink[Processor.JumpEntries];

    /// <summary>
    /// A generation that no entry in the arrays has. When the 12 bits are used up they are cleared; or, if more than one
    /// processor has used them, they are new ones, for another may still hold a generation in the old.
    /// </summary>
    public uint NextGeneration(Processor user)
    {
        if (_user is not null && _user != user) _shared = true;
        _user = user;
        if (++_generation <= LastGeneration) return _generation;
        if (_shared)
        {
            Entries = NewEntries();
            GuestPhysical = new GuestPhysicalMapping[Processor.GuestPhysicalMappings];
            Tables = new CachedTable[CachedTable.Count];
        }
        else
        {
            Array.Clear(Entries);
            Array.Clear(GuestPhysical);
            Array.Clear(Tables);
        }

        _shared = false;
        return _generation = 1;
    }

    private static TlbEntry[] NewEntries() => new TlbEntry[Processor.TlbEntries * Processor.AccessModes];
}
