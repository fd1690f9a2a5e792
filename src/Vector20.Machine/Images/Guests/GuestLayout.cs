namespace Vector20.Machine.Images.Guests;

/// <summary>Where the parts of a built guest lie. Linear and physical addresses are the same; everything fits below 640 KiB.</summary>
public static class GuestLayout
{
    /// <summary>The global descriptor table: <see cref="GdtLength"/> bytes.</summary>
    public const uint Gdt = 0x1000;

    /// <summary>The length of the global descriptor table: selectors from <see cref="FreeSelector"/> on are free for a test's own.</summary>
    public const uint GdtLength = 0x200;

    /// <summary>The interrupt descriptor table (the real-mode vector table is at 0).</summary>
    public const uint Idt = 0x2000;

    /// <summary>The task state segments, <see cref="TssStride"/> apart, one for each processor.</summary>
    public const uint Tss = 0x3000;

    /// <summary>Bytes from one task state segment to the next. The I/O permission bitmap is beyond the limit: no port is allowed.</summary>
    public const uint TssStride = 0x100;

    /// <summary>The guest's code, 32 KiB. A user page at CPL 3.</summary>
    public const uint Code = 0x8000;

    /// <summary>The handlers, 28 KiB; a real-mode segment of their own begins here.</summary>
    public const uint Handlers = 0x1_0000;

    /// <summary>A 64-bit count of the records that handlers have written.</summary>
    public const uint LogCount = 0x1_7FC0;

    /// <summary>The records, 64 bytes each; after <see cref="LogCapacity"/> of them they begin again.</summary>
    public const uint Log = 0x1_8000;

    /// <summary>The number of records there is room for.</summary>
    public const int LogCapacity = 512;

    /// <summary>The stacks, <see cref="StackStride"/> bytes for each of eight processors; the first page of each is the stack the guest starts on.</summary>
    public const uint Stacks = 0x2_0000;

    /// <summary>Bytes of stacks for one processor.</summary>
    public const uint StackStride = 0x4000;

    /// <summary>The page tables.</summary>
    public const uint PageTables = 0x4_0000;

    /// <summary>Memory for the guest's data, 64 KiB. User pages at CPL 3.</summary>
    public const uint Data = 0x5_0000;

    /// <summary>Code segment of the handlers: 64-bit in IA-32e mode, else 32-bit.</summary>
    public const ushort KernelCode = 0x08;

    /// <summary>Writable data, DPL 0.</summary>
    public const ushort KernelData = 0x10;

    /// <summary>32-bit code, DPL 3.</summary>
    public const ushort UserCode32 = 0x1B;

    /// <summary>Writable data, DPL 3.</summary>
    public const ushort UserData = 0x23;

    /// <summary>64-bit code, DPL 3.</summary>
    public const ushort UserCode64 = 0x2B;

    /// <summary>32-bit code, DPL 0.</summary>
    public const ushort KernelCode32 = 0x30;

    /// <summary>16-bit code, DPL 0.</summary>
    public const ushort KernelCode16 = 0x38;

    /// <summary>16-bit code, DPL 3.</summary>
    public const ushort UserCode16 = 0x43;

    /// <summary>The task state segment of processor 0; the next one's descriptor is 16 bytes on.</summary>
    public const ushort TssSelector = 0x50;

    /// <summary>The first selector that a test may use by <see cref="GuestBuilder.Descriptor"/>.</summary>
    public const ushort FreeSelector = 0x100;

    /// <summary>The stack pointer that a processor starts with.</summary>
    public static uint StartStack(int processor) => Stacks + StackStride * (uint)processor + 0x1000;

    /// <summary>The stack pointer that the task state segment of a processor holds for a privilege level, 0-2.</summary>
    public static uint RingStack(int processor, int level) => Stacks + StackStride * (uint)processor + (level == 0 ? 0x2000u : 0x3C00 + 0x200 * (uint)level);

    /// <summary>The stack pointer that the interrupt stack table of a processor holds, 1-7.</summary>
    public static uint InterruptStack(int processor, int index) => Stacks + StackStride * (uint)processor + 0x2000 + 0x400 * (uint)index;
}
