using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vector20.Machine.Memory;
using Vector20.Machine.Memory.Paging;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Processors;

/// <summary>The software TLB: which host memory holds which linear page, for each access mode, and what makes it forget.</summary>
[Manual("3A", "4.10", "Caching Translation Information")]
public sealed unsafe partial class Processor
{
    internal const int TlbEntries = 1024;
    private const ulong PageMask = ~0xFFFul;

    internal const int AccessModes = 4;

    /// <summary>One table for each <see cref="AccessMode"/>, one after the other. Nothing enters the last, so that every access it serves is checked for alignment.</summary>
    private TlbEntry[] _tlb = null!;

    internal const int GuestPhysicalMappings = 256;
    private GuestPhysicalMapping[] _guestPhysical = null!;

    /// <summary>The paging-structure cache.</summary>
    internal CachedTable[] CachedTables { get; private set; } = null!;

    /// <summary>What the translations cached since the last flush were made with.</summary>
    internal TranslationContext TranslatedIn;

    /// <summary>The generation that valid tags carry in their low 12 bits: 1-4095, so that an empty tag never matches.</summary>
    internal uint TlbGeneration;

    /// <summary>Whether what is cached belongs to non-root operation, and what is kept meanwhile of the other. See <see cref="TranslateFor"/>.</summary>
    private bool _translatesGuest;
    private SetAside _setAside;

    /// <summary>The host memory from a linear address to its page's end, if reading it needs no check; else empty.</summary>
    internal Span<byte> ReadableAhead(ulong linear)
    {
        ref TlbEntry entry = ref DataSlot(linear);
        return entry.ReadTag == (linear & PageMask | TlbGeneration) ? new((byte*)((nint)linear + entry.Addend), 4096 - (int)(linear & ~PageMask)) : default;
    }

    /// <summary>As <see cref="ReadableAhead"/>, if writing needs no check.</summary>
    internal Span<byte> WritableAhead(ulong linear) => WritableAhead(linear, DataMode);

    /// <summary>The same with the rights of an access mode.</summary>
    internal Span<byte> WritableAhead(ulong linear, AccessMode mode)
    {
        ref TlbEntry entry = ref TlbSlot(linear, mode);
        return entry.WriteTag == (linear & PageMask | TlbGeneration) ? new((byte*)((nint)linear + entry.Addend), 4096 - (int)(linear & ~PageMask)) : default;
    }

    /// <summary>Forgets every cached translation of this processor. The manual allows it at any time (SDM 3A 4.10.2.3).</summary>
    internal void FlushTlb()
    {
        RenewTlbGeneration();
        TranslatedIn = TranslationContext.Of(this);
        CodeGeneration = Computer.Memory.Pool.NextCodeGeneration();
        ContextChanged();
        RequestAttention();
    }

    /// <summary>Forgets every cached way to a decoded block, and leaves the running one. What the guest sees does not change, so nothing asks for attention.</summary>
    internal void ForgetBlocks()
    {
        _setAside = default;
        CodeGeneration = Computer.Memory.Pool.NextCodeGeneration();
        Context = CodeGeneration << 8 | Context & 0xFF;
        LeaveBlock();
    }

    /// <summary>Forgets which host memory holds which page. The translations themselves, and so the ways to decoded blocks, stay right.</summary>
    internal void ForgetHostPointers()
    {
        RenewTlbGeneration();
        _setAside.TlbGeneration = 0;
    }

    /// <summary>
    /// Has accesses translated for a guest, or for its host in machine code, at a VM entry or exit. What the other has cached is set aside, not
    /// forgotten, and holds again if what it was made with is the same again. The silicon needs VPIDs for that; here what is cached agrees with the
    /// paging structures at all times, so that nobody sees a difference.
    /// </summary>
    [Manual("3C", "29.4.2", "Creating and Using Cached Translation Information")]
    internal void TranslateFor(bool guest)
    {
        if (_translatesGuest != guest)
        {
            _translatesGuest = guest;
            var current = new SetAside(TlbGeneration, CodeGeneration, TranslatedIn);
            (TlbGeneration, CodeGeneration, TranslatedIn) = (_setAside.TlbGeneration, _setAside.CodeGeneration, _setAside.TranslatedIn);
            _setAside = current;
        }

        if (CodeGeneration == 0 || !TranslationContext.Of(this).Equals(TranslatedIn) || TranslatedIn.Controls.Mode == PagingMode.Pae)
        {
            FlushTlb();
            return;
        }

        if (TlbGeneration == 0) RenewTlbGeneration();
        ContextChanged();
    }

    /// <summary>Forgets what is set aside too.</summary>
    internal void FlushEverything()
    {
        ForgetSetAside();
        FlushTlb();
    }

    /// <summary>Forgets what is set aside.</summary>
    internal void ForgetSetAside() => _setAside = default;

    /// <summary>A generation that no entry has. Once the arrays are others, or cleared, an earlier one means nothing any more.</summary>
    private void RenewTlbGeneration()
    {
        TranslationCache cache = Computer.Memory.Pool.Cache(Index);
        TlbGeneration = cache.NextGeneration(this);
        if (TlbGeneration == 1 || cache.Entries != _tlb) _setAside.TlbGeneration = 0;
        _tlb = cache.Entries;
        _guestPhysical = cache.GuestPhysical;
        CachedTables = cache.Tables;
    }

    /// <summary>
    /// Forgets the cached translations of one 4-KiB page. No instruction needs more: what is cached agrees with the paging structures at
    /// all times (<see cref="PhysicalMemory.ReadEntry"/>), so invalidating is never seen.
    /// </summary>
    internal void FlushTlbPage(ulong linear)
    {
        for (int mode = 0; mode < AccessModes; mode++) TlbSlot(linear, (AccessMode)mode) = default;
    }

    /// <summary>The one slot that may hold the mapping of a guest-physical page.</summary>
    internal ref GuestPhysicalMapping GuestPhysicalSlot(ulong guestPhysical) =>
        ref _guestPhysical[(int)(guestPhysical >> 12) & (GuestPhysicalMappings - 1)];

    /// <summary>As <see cref="TlbSlot"/>, for <see cref="DataMode"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref TlbEntry DataSlot(ulong linear) =>
        ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_tlb), (uint)(linear >> 12) & (TlbEntries - 1) | DataTable);

    /// <summary>The one slot that may hold the translation of a page. Unsafe, and in bounds: ten bits of page number and two of mode index 4096 entries.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref TlbEntry TlbSlot(ulong linear, AccessMode mode)
    {
        uint index = (uint)(linear >> 12) & (TlbEntries - 1) | ((uint)mode & (AccessModes - 1)) * TlbEntries;
        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_tlb), index);
    }

    /// <summary>What names the translations of the operation, root or non-root, that the processor is not in.</summary>
    private record struct SetAside(uint TlbGeneration, ulong CodeGeneration, TranslationContext TranslatedIn);
}
