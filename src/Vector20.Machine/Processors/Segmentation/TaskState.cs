using System.Runtime.CompilerServices;
using Vector20.Machine.Memory;

namespace Vector20.Machine.Processors.Segmentation;

/// <summary>Eight general registers, EAX to EDI.</summary>
[InlineArray(8)]
internal struct TaskRegisters
{
    private uint _first;
}

/// <summary>Six selectors, in the order of <see cref="SegmentName"/>.</summary>
[InlineArray(6)]
internal struct TaskSelectors
{
    private ushort _first;
}

/// <summary>The fields of a TSS that a task switch saves and loads, and where each kind of TSS has them.</summary>
[Manual("3A", "8.2.1", "Task-State Segment (TSS)")]
[Manual("3A", "8.6", "16-Bit Task-State Segment (TSS)")]
internal struct TaskState
{
    private const uint Cr3Offset = 0x1C, TrapOffset = 0x64;
    private const int Wide = 4, Narrow = 2;

    public uint Cr3, Eip, Eflags;
    public TaskRegisters Registers;
    public TaskSelectors Selectors;
    public ushort Ldt;

    /// <summary>T: #DB after a switch to this task.</summary>
    public bool Trap;

    /// <summary>The lowest limit that a TSS of a kind may have.</summary>
    public static uint SmallestLimit(bool wide) => wide ? 0x67u : 0x2B;

    /// <summary>Reads a TSS. False when an access faults.</summary>
    public static bool Read(Processor p, ulong address, bool wide, out TaskState state)
    {
        state = default;
        int size = wide ? Wide : Narrow;
        uint at = (uint)address + FirstOffset(wide);
        if (!Field(p, ref at, size, out state.Eip) || !Field(p, ref at, size, out state.Eflags)) return false;
        for (int i = 0; i < 8; i++)
            if (!Field(p, ref at, size, out state.Registers[i])) return false;
        for (int i = 0; i < SelectorCount(wide); i++)
        {
            if (!Field(p, ref at, size, out uint selector)) return false;
            state.Selectors[i] = (ushort)selector;
        }

        if (!Field(p, ref at, size, out uint ldt)) return false;
        state.Ldt = (ushort)ldt;
        return !wide || ReadWideOnly(p, address, ref state);
    }

    /// <summary>The processor's state now, to be saved.</summary>
    public static TaskState Of(Processor p, ulong eip, ulong eflags)
    {
        var state = new TaskState { Eip = (uint)eip, Eflags = (uint)eflags };
        for (int i = 0; i < 8; i++) state.Registers[i] = (uint)p[i];
        for (int i = 0; i < 6; i++) state.Selectors[i] = p.Segment((SegmentName)i).Selector;
        return state;
    }

    /// <summary>Whether the fields that <see cref="Save"/> writes can be written.</summary>
    public static bool CanSave(Processor p, ulong address, bool wide)
    {
        int size = wide ? Wide : Narrow;
        uint first = (uint)address + FirstOffset(wide), last = first + (uint)(size * (9 + SelectorCount(wide)));
        return p.ReadLinearForWrite(first, AccessMode.Supervisor, out ushort _) && p.ReadLinearForWrite(last, AccessMode.Supervisor, out ushort _);
    }

    /// <summary>Writes the dynamic fields of the old task's TSS. False when an access faults.</summary>
    public bool Save(Processor p, ulong address, bool wide)
    {
        int size = wide ? Wide : Narrow;
        uint at = (uint)address + FirstOffset(wide);
        if (!Write(p, ref at, size, Eip) || !Write(p, ref at, size, Eflags)) return false;
        for (int i = 0; i < 8; i++)
            if (!Write(p, ref at, size, Registers[i])) return false;
        for (int i = 0; i < SelectorCount(wide); i++, at += (uint)size)
            if (!p.WriteLinear(at, AccessMode.Supervisor, Selectors[i])) return false;
        return true;
    }

    private static bool ReadWideOnly(Processor p, ulong address, ref TaskState state)
    {
        if (!p.ReadLinear((uint)address + Cr3Offset, AccessMode.Supervisor, out state.Cr3)) return false;
        if (!p.ReadLinear((uint)address + TrapOffset, AccessMode.Supervisor, out ushort trap)) return false;
        state.Trap = (trap & 1) != 0;
        return true;
    }

    private static uint FirstOffset(bool wide) => wide ? 0x20u : 0x0E;

    /// <summary>The 16-bit TSS has no FS and GS.</summary>
    private static int SelectorCount(bool wide) => wide ? 6 : 4;

    private static bool Field(Processor p, ref uint at, int size, out uint value)
    {
        uint address = at;
        at += (uint)size;
        if (size == Wide) return p.ReadLinear(address, AccessMode.Supervisor, out value);
        bool read = p.ReadLinear(address, AccessMode.Supervisor, out ushort narrow);
        value = narrow;
        return read;
    }

    private static bool Write(Processor p, ref uint at, int size, uint value)
    {
        uint address = at;
        at += (uint)size;
        return size == Wide ? p.WriteLinear(address, AccessMode.Supervisor, value) : p.WriteLinear(address, AccessMode.Supervisor, (ushort)value);
    }
}
