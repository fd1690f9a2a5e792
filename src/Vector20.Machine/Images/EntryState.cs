using Vector20.Machine.Processors;

namespace Vector20.Machine.Images;

/// <summary>The width of code that an image is entered in.</summary>
public enum EntryWidth
{
    /// <summary>Real-address mode.</summary>
    Bits16 = 16,

    /// <summary>32-bit protected mode, paging off.</summary>
    Bits32 = 32,

    /// <summary>64-bit mode, the first 4 GiB mapped to themselves.</summary>
    Bits64 = 64,
}

/// <summary>The state that the bootstrap processor enters an image in: real silicon or a vCPU alike.</summary>
public sealed record EntryState
{
    private const uint ReadWriteData = 0xC093, Code32 = 0xC09B, Code64 = 0xA09B, BusyTss = 0x8B;

    /// <summary>The width of code.</summary>
    public required EntryWidth Width { get; init; }

    /// <summary>RIP, or the offset in the code segment in real-address mode.</summary>
    public required ulong InstructionPointer { get; init; }

    /// <summary>CS in real-address mode.</summary>
    public ushort RealModeSegment { get; init; }

    /// <summary>RAX at entry.</summary>
    public ulong Rax { get; init; }

    /// <summary>RBX at entry.</summary>
    public ulong Rbx { get; init; }

    /// <summary>RSI at entry.</summary>
    public ulong Rsi { get; init; }

    /// <summary>RSP at entry.</summary>
    public ulong Rsp { get; init; }

    /// <summary>CR0.</summary>
    public ulong ControlRegister0 => Cr0.ET | Width switch { EntryWidth.Bits16 => 0, EntryWidth.Bits32 => Cr0.PE, _ => Cr0.PE | Cr0.PG };

    /// <summary>CR3.</summary>
    public ulong ControlRegister3 => Width == EntryWidth.Bits64 ? LowMemory.PageTables : 0;

    /// <summary>CR4.</summary>
    public ulong ControlRegister4 => Width == EntryWidth.Bits64 ? Cr4.PAE : 0;

    /// <summary>IA32_EFER.</summary>
    public ulong ExtendedFeatures => Width == EntryWidth.Bits64 ? Efer.LME | Efer.LMA : 0;

    /// <summary>GDTR.</summary>
    public TableRegister Gdtr => Width == EntryWidth.Bits16 ? new TableRegister(0, 0xFFFF) : new TableRegister(LowMemory.Gdt, BootGdt.Limit);

    /// <summary>IDTR: the real-mode vector table, or none.</summary>
    public TableRegister Idtr => Width == EntryWidth.Bits16 ? new TableRegister(0, 0x3FF) : new TableRegister(0, 0);

    /// <summary>TR: a processor always has one.</summary>
    public static SegmentRegister TaskRegister => new(0, 0, 0xFFFF, BusyTss);

    /// <summary>LDTR: none.</summary>
    public static SegmentRegister LocalTable => new(0, 0, 0, SegmentRegister.UnusableBit);

    /// <summary>A segment register with its hidden part.</summary>
    public SegmentRegister Segment(SegmentName name)
    {
        bool code = name == SegmentName.Cs;
        if (Width == EntryWidth.Bits16) return SegmentRegister.RealMode(code ? RealModeSegment : (ushort)0) with { AccessRights = code ? 0x9Bu : 0x93u };
        if (!code) return new SegmentRegister(BootGdt.DataSelector, 0, uint.MaxValue, ReadWriteData);
        return new SegmentRegister(BootGdt.CodeSelector, 0, uint.MaxValue, Width == EntryWidth.Bits64 ? Code64 : Code32);
    }

    /// <summary>Puts a processor into this state.</summary>
    public void ApplyTo(Processor p)
    {
        p.Activity = ActivityState.Active;
        p.ControlRegister0 = ControlRegister0;
        p.ControlRegister3 = ControlRegister3;
        p.ControlRegister4 = ControlRegister4;
        p.ExtendedFeatures = ExtendedFeatures;
        p.Gdtr = Gdtr;
        p.Idtr = Idtr;
        p.Tr = TaskRegister;
        p.Ldtr = LocalTable;
        foreach (SegmentName name in Enum.GetValues<SegmentName>()) p.SetSegment(name, Segment(name));
        for (int register = 0; register < 16; register++) p[register] = 0;
        (p[0], p[3], p[4], p[6]) = (Rax, Rbx, Rsp, Rsi);
        p.InstructionPointer = InstructionPointer;
        p.SetRflags(Eflags.AlwaysOne);
        p.FlushTlb();
    }
}
