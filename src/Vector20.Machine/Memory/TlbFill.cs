using Vector20.Machine.Processors;

namespace Vector20.Machine.Memory;

/// <summary>Which translations the software TLB may hold, and for what.</summary>
[Manual("3A", "4.10.2", "Translation Lookaside Buffers (TLBs)")]
internal static unsafe class TlbFill
{
    private const ulong PageMask = ~0xFFFul;

    /// <summary>
    /// Remembers a translation, if the page is plain memory: RAM, not the local APIC's page, not watched by a debug register. Writes go
    /// straight to memory only where nothing need be told of them.
    /// </summary>
    public static void Add(Processor p, in Translation page, Access access, ulong physical)
    {
        PhysicalMemory memory = p.Computer.Memory;
        bool exclusive = access.Kind == AccessKind.Write;
        int frame = exclusive ? memory.FrameForWriting(physical) : memory.FrameForReading(physical, out exclusive);
        if (frame < 0 || p.Apic.Decodes(physical) || DebugWatch.WatchesPage(p, page.Linear)) return;
        ulong tag = page.Linear & PageMask | p.TlbGeneration;
        bool writable = page.Writable && exclusive && !memory.Pool.IsWatched(frame);
        ref TlbEntry entry = ref p.TlbSlot(page.Linear, access.Mode);
        entry.ReadTag = tag;
        entry.WriteTag = writable ? tag : 0;
        entry.Addend = (nint)memory.Pool.Data(frame) - (nint)(page.Linear & PageMask);
    }
}
