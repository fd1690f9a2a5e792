using Vector20.Machine.Images.Guests;

namespace Vector20.Machine.Tests.Robustness.HostileHosts;

/// <summary>Where the parts of a hostile host and its guests lie in physical memory. The host itself is a built guest: everything of it is below 1 MiB.</summary>
internal static class HostLayout
{
    /// <summary>All of RAM.</summary>
    public const ulong MemorySize = 16 << 20;

    /// <summary>The EPT tables of each guest: a PML5, a PML4, a PDPT, a page directory, a page table.</summary>
    public const ulong EptTables = 0x10_0000, EptStride = 0x5000;

    /// <summary>Regions: the operand of VMXON, the VMCS that is current, another one, a shadow VMCS, and one without a revision identifier.</summary>
    public const ulong VmxonRegion = 0x12_0000, Region = 0x12_1000, OtherRegion = 0x12_2000, ShadowRegion = 0x12_3000, NoRegion = 0x12_4000;

    /// <summary>A VMCS of each guest, in order: what the host copies to its region before it breaks it.</summary>
    public const ulong GoodRegions = 0x12_8000;

    /// <summary>Pages for bitmaps, the virtual-APIC page and the like, and for areas of MSRs.</summary>
    public const ulong Pages = 0x13_0000;

    public const int PageCount = 16;

    /// <summary>What the host is to do next: the address of its code and two operands. Then where its exception handlers go, and which of them was entered.</summary>
    public const ulong Mailbox = GuestLayout.Data, FaultTarget = Mailbox + 0x40, FaultVector = Mailbox + 0x48, Value = Mailbox + 0x50;

    /// <summary>The stack that the host's code, and the host-state area, begin with.</summary>
    public const ulong Stack = GuestLayout.Stacks + 0x800;

    /// <summary>The 2 MiB of each guest, and 2 MiB that all share behind them.</summary>
    public const ulong Guests = 0x20_0000, GuestStride = 0x20_0000;

    /// <summary>Where the RAM of one guest begins.</summary>
    public static ulong GuestAt(int guest) => Guests + (ulong)guest * GuestStride;

    /// <summary>Where the EPT tables of one guest begin.</summary>
    public static ulong EptOf(int guest) => EptTables + (ulong)guest * EptStride;

    /// <summary>Whether an address lies in the pages that a VMCS may name, at which no write harms the host.</summary>
    public static bool IsPage(ulong address) => address - Pages < PageCount * 0x1000;
}
