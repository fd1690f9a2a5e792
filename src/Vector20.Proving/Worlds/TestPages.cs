using Vector20.Hypervisor.Mmu;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Proving.Questions;

namespace Vector20.Proving.Worlds;

/// <summary>
/// The two pages that guest and host contend for. They lie side by side in a slot of their own, which one large page fits; each holds something for every
/// kind of access: data, code, an interrupt table, a descriptor table, a page table, and a stack.
/// </summary>
internal static class TestPages
{
    /// <summary>The slot's number, its first guest-physical address, and where it can be moved to: each in a gibibyte of its own.</summary>
    public const int Slot = 5;
    public const uint Base = 0x4000_0000, MovedTo = 0x8000_0000;

    /// <summary>The number of the page in the slot of a single page.</summary>
    public const int SinglePage = 2;

    private const int SingleSlot = 6;
    private const uint SlotSize = 0x20_0000, HostBase = 0x20_0000, SingleBase = 0xC000_0000, SingleHost = HostBase + SlotSize;

    /// <summary>The slot of a single page: the host's next page is not the guest's.</summary>
    public static Memslot Single { get; } = new(SingleSlot, SingleBase, 0x1000, SingleHost);

    /// <summary>The slot that guest and host contend for. One that a page of 1 GiB is to fit has no memory behind it: reads are all ones.</summary>
    public static Memslot Contended(int largestPage) =>
        largestPage < 3 ? new(Slot, Base, SlotSize, HostBase) : new(Slot, Base, Memslot.PageSize(3), Base);

    /// <summary>The offset in a page of each use.</summary>
    public const uint Gdt = 0x800, PageTable = 0xC00, Code = 0xD00, Data = 0xE00;

    /// <summary>The vector whose gate stands in the interrupt table of a page.</summary>
    public const byte GateVector = 0x30;

    private const uint AliasBase = 0x6_0000, Present = 1, Writable = 2, User = 4;
    private const uint Directories = GuestLayout.PageTables + 0x3000;

    /// <summary>The guest-physical address of page 0 or 1, or of the single page.</summary>
    public static uint PhysicalOf(int page) => page == SinglePage ? SingleBase : Base + (uint)page * 0x1000;

    /// <summary>Its linear address: without paging its physical one.</summary>
    public static uint LinearOf(CpuMode mode, int page) => mode == CpuMode.Real ? PhysicalOf(page) : AliasBase + (uint)page * 0x1000;

    /// <summary>A linear address that is translated through the page table in a page.</summary>
    public static uint Behind(CpuMode mode, int page) => mode == CpuMode.Protected
        ? (uint)(3 + page) << 22 | PageTable / 4 << 12
        : (uint)(3 + page) << 21 | PageTable / 8 << 12;

    /// <summary>Maps the pages in the guest's page tables, with user rights.</summary>
    public static void Map(GuestBuilder builder)
    {
        for (int page = 0; page <= SinglePage; page++) builder.Page(AliasBase + (uint)page * 0x1000, PhysicalOf(page) | Present | Writable | User);
    }

    /// <summary>Fills the pages, and makes them page tables of the guest's.</summary>
    public static void Fill(PhysicalMemory memory, CpuMode mode)
    {
        Span<byte> table = stackalloc byte[0x800];
        Span<byte> descriptors = stackalloc byte[(int)GuestLayout.GdtLength];
        memory.Read(new PhysicalAddress(mode == CpuMode.Real ? 0 : GuestLayout.Idt), table);
        memory.Read(new PhysicalAddress(GuestLayout.Gdt), descriptors);
        int entry = mode == CpuMode.Protected ? 4 : 8;
        for (int page = 0; page < 2; page++)
        {
            uint host = HostBase + (uint)page * 0x1000, physical = PhysicalOf(page);
            memory.Write(new PhysicalAddress(host), table);
            memory.Write(new PhysicalAddress(host + Gdt), descriptors);
            memory.Write(new PhysicalAddress(host + Code), [0xCD, WorldGuest.ReturnVector]);
            memory.Write(new PhysicalAddress(Directories + (uint)(3 + page) * (uint)entry), mode == CpuMode.Protected ? (ulong)(physical | 7) | (ulong)ReadNext(memory, page) << 32 : physical | 7);
        }
    }

    /// <summary>The entry in a page that <see cref="Behind"/> is translated by, as it is before it is used: accessed and dirty are 0.</summary>
    public static void ResetTable(World world, int page)
    {
        PhysicalMemory memory = world.Computer.Memory;
        var at = new PhysicalAddress(Contended(world.Options.LargestPage).HostBase + (uint)page * 0x1000 + PageTable);
        const ulong Fresh = (GuestLayout.Data + 0x6000) | 7;
        if (memory.Read<uint>(at) != (uint)Fresh) memory.Write(at, (uint)Fresh);
    }

    private static uint ReadNext(PhysicalMemory memory, int page) => memory.Read<uint>(new PhysicalAddress(Directories + (uint)(4 + page) * 4));
}
