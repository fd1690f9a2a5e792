using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Tests.Vmx.Ept;

/// <summary>
/// A processor in VMX non-root operation under EPT, with one guest-physical page mapped by a table per level: EPT table n lies at physical
/// n * 1000H, so that each entry on the way can be set. Paging is off: linear = guest-physical.
/// </summary>
internal sealed class EptGuest : IDisposable
{
    public const ulong Address = 0x4040_3120, All = EptEntry.Read | EptEntry.Write | EptEntry.Execute | EptEntry.ExecuteForUser;
    public const ulong Area = 0x6000, PageFrame = 0x20_0000;
    private const ulong WriteBack = (ulong)EptMemoryType.WriteBack << 3;

    private readonly FramePool _pool = new();
    private readonly int _leafLevel;

    public EptGuest(int leafLevel = 1, int levels = 4, bool accessedAndDirty = false, HardwareFaults faults = HardwareFaults.None)
    {
        _leafLevel = leafLevel;
        Levels = levels;
        Computer = new Computer(new ComputerOptions { MemorySize = 8 << 20, Faults = faults }, _pool);
        P.ControlRegister0 = Cr0.PE;
        P.Vmx.NonRoot = true;
        P.Vmx.Secondary = SecondaryControls.EnableEpt;
        P.Vmx.Vmcs[VmcsField.EptPointer] = (ulong)levels << 12 | (accessedAndDirty ? 1ul << 6 : 0) | (ulong)(levels - 1) << 3 | 6;
        P.Vmx.Vmcs[VmcsField.VirtualizationExceptionInformationAddress] = Area;
        for (int level = leafLevel; level <= levels; level++) this[level] = Default(level);
        P.FlushTlb();
    }

    public Computer Computer { get; }

    public Processor P => Computer.Processors[0];

    public PhysicalMemory Memory => Computer.Memory;

    public int Levels { get; }

    /// <summary>The entry at a level on the way to <see cref="Address"/>.</summary>
    public ulong this[int level]
    {
        get => Memory.Read<ulong>(At(level));
        set => Memory.Write(At(level), value);
    }

    /// <summary>An entry at a level that allows everything.</summary>
    public ulong Default(int level)
    {
        if (level > _leafLevel) return (ulong)(level - 1) << 12 | All;
        return level switch { 1 => PageFrame | WriteBack | All, 2 => PageFrame | WriteBack | All | EptEntry.PageSize, _ => WriteBack | All | EptEntry.PageSize };
    }

    /// <summary>Maps a guest-physical page below 2 MiB to the physical page of the same number.</summary>
    public void MapLow(ulong page, ulong rights)
    {
        Memory.Write(new PhysicalAddress(0x3000), 0x10_0000 | All);
        Memory.Write(new PhysicalAddress(0x10_0000), 0x10_1000 | All);
        Memory.Write(new PhysicalAddress(0x10_1000 + (page >> 12) * 8), page | WriteBack | rights);
    }

    /// <summary>Makes an access by a linear address, nothing being cached, and says how it ended.</summary>
    public Ending Access(AccessKind kind, AccessMode mode = AccessMode.Supervisor, bool readsToo = false, ulong linear = Address)
    {
        P.FlushTlb();
        P.StopReason = StopReason.None;
        P.Exit = default;
        P.Raised = default;
        if (LinearTranslation.Translate(P, new LinearAddress(linear), new Access(kind, mode, ReadsToo: readsToo), out PhysicalAddress physical))
            return new Ending(Physical: physical.Value);
        if (P.StopReason == StopReason.Event) return new Ending(Vector: (ExceptionVector)P.Raised.Vector);
        Assert.Equal(StopReason.VmExit, P.StopReason);
        return new Ending(Exit: P.Exit);
    }

    public void Dispose()
    {
        Computer.Dispose();
        _pool.Dispose();
    }

    private PhysicalAddress At(int level) => new(((ulong)level << 12) + (Address >> (3 + 9 * level) & 0x1FF) * 8);

    /// <summary>How an access ended: with a physical address, an exception or a VM exit.</summary>
    public readonly record struct Ending(ulong? Physical = null, ExceptionVector? Vector = null, VmExit? Exit = null)
    {
        public ulong Qualification => Exit!.Value.Qualification;
    }
}
