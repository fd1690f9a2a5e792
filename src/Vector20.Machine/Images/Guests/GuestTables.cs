using Vector20.Machine.Memory;

namespace Vector20.Machine.Images.Guests;

/// <summary>Descriptor tables and task state segments of a built guest.</summary>
internal static class GuestTables
{
    private const ulong Code32 = 0x00CF_9B00_0000_FFFF, Code64 = 0x00AF_9B00_0000_FFFF, Code16 = 0x000F_9B00_0000_FFFF, Data = 0x00CF_9300_0000_FFFF;
    private const ulong Dpl3 = 3ul << 45;

    /// <summary>Whether a page is the guest's own: its code, its first stack, its data.</summary>
    public static bool IsUserMemory(uint linear) => linear
        is (>= GuestLayout.Code and < GuestLayout.Handlers)
        or (>= GuestLayout.Data and < GuestLayout.Data + 0x1_0000)
        || linear is >= GuestLayout.Stacks and < GuestLayout.PageTables && (linear - GuestLayout.Stacks) % GuestLayout.StackStride == 0;

    /// <summary>Writes the global descriptor table.</summary>
    public static void WriteGdt(PhysicalMemory memory, bool longMode, IReadOnlyDictionary<ushort, ulong> own)
    {
        Descriptor(memory, GuestLayout.KernelCode, longMode ? Code64 : Code32);
        Descriptor(memory, GuestLayout.KernelData, Data);
        Descriptor(memory, GuestLayout.UserCode32, Code32 | Dpl3);
        Descriptor(memory, GuestLayout.UserData, Data | Dpl3);
        Descriptor(memory, GuestLayout.UserCode64, Code64 | Dpl3);
        Descriptor(memory, GuestLayout.KernelCode32, Code32);
        Descriptor(memory, GuestLayout.KernelCode16, Code16);
        Descriptor(memory, GuestLayout.UserCode16, Code16 | Dpl3);
        for (int i = 0; i < 8; i++) Descriptor(memory, TssSelector(i), 0x0000_8B00_0000_0067 | (ulong)TssAddress(i) << 16);
        foreach ((ushort selector, ulong descriptor) in own) Descriptor(memory, selector, descriptor);
    }

    /// <summary>The selector of a processor's task state segment.</summary>
    public static ushort TssSelector(int processor) => (ushort)(GuestLayout.TssSelector + processor * 16);

    /// <summary>The address of a processor's task state segment.</summary>
    public static uint TssAddress(int processor) => GuestLayout.Tss + GuestLayout.TssStride * (uint)processor;

    /// <summary>Writes the 32-bit task state segment of a processor.</summary>
    [Manual("3A", "8.2.1", "Task-State Segment (TSS)")]
    public static void WriteTss32(PhysicalMemory memory, int processor)
    {
        uint tss = TssAddress(processor);
        for (int level = 0; level < 3; level++)
        {
            memory.Write(new PhysicalAddress(tss + 4 + 8 * (uint)level), GuestLayout.RingStack(processor, level));
            memory.Write(new PhysicalAddress(tss + 8 + 8 * (uint)level), (uint)GuestLayout.KernelData);
        }

        memory.Write(new PhysicalAddress(tss + 0x66), (ushort)0x68);
    }

    /// <summary>Writes the 64-bit task state segment of a processor.</summary>
    [Manual("3A", "8.7", "Task Management in 64-bit Mode")]
    public static void WriteTss64(PhysicalMemory memory, int processor)
    {
        uint tss = TssAddress(processor);
        for (int level = 0; level < 3; level++) memory.Write(new PhysicalAddress(tss + 4 + 8 * (uint)level), (ulong)GuestLayout.RingStack(processor, level));
        for (int index = 1; index < 8; index++) memory.Write(new PhysicalAddress(tss + 0x1C + 8 * (uint)index), (ulong)GuestLayout.InterruptStack(processor, index));
        memory.Write(new PhysicalAddress(tss + 0x66), (ushort)0x68);
    }

    /// <summary>Writes a gate of 8 or 16 bytes.</summary>
    [Manual("3A", "6.11", "IDT Descriptors")]
    public static void WriteGate(PhysicalMemory memory, int vector, GuestGate gate, ulong handler, bool longMode)
    {
        ulong offset = gate.Offset ?? handler, selector = gate.Selector ?? GuestLayout.KernelCode;
        ulong low = offset & 0xFFFF | selector << 16 | (ulong)gate.Ist << 32 | (ulong)gate.Type << 40 | (ulong)gate.Dpl << 45
            | (gate.Present ? 1ul << 47 : 0) | (offset >> 16 & 0xFFFF) << 48;
        var address = new PhysicalAddress(GuestLayout.Idt + (uint)vector * (longMode ? 16u : 8));
        memory.Write(address, low);
        if (longMode) memory.Write(new PhysicalAddress(address.Value + 8), offset >> 32);
    }

    /// <summary>Writes an entry of the real-mode vector table.</summary>
    [Manual("3B", "21.1.4", "Interrupt and Exception Handling")]
    public static void WriteVector(PhysicalMemory memory, int vector, ulong handler) =>
        memory.Write(new PhysicalAddress((uint)vector * 4), (uint)handler | (GuestLayout.Handlers >> 4) << 16);

    private static void Descriptor(PhysicalMemory memory, ushort selector, ulong value) =>
        memory.Write(new PhysicalAddress(GuestLayout.Gdt + (uint)(selector & ~7)), value);
}
