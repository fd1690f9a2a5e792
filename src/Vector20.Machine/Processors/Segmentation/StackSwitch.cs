using Vector20.Machine.Events;
using Vector20.Machine.Memory;

namespace Vector20.Machine.Processors.Segmentation;

/// <summary>The stacks that the TSS holds for inner privilege levels. False when a fault is raised.</summary>
[Manual("3A", "5.8.5", "Stack Switching")]
internal static class StackSwitch
{
    private const int InterruptStackTable = 36;

    /// <summary>The stack of a more privileged level, from the current TSS, checked: #TS, or #SS if the segment is not present.</summary>
    /// <param name="p">The processor.</param>
    /// <param name="privilege">The new privilege level, 0-2.</param>
    /// <param name="external">EXT, or'ed to every error code.</param>
    /// <param name="stack">The new stack.</param>
    public static bool FromTss(Processor p, int privilege, uint external, out TransferStack stack)
    {
        stack = default;
        if (p.LongMode) return FromTss64(p, 4 + 8 * privilege, privilege, external, out stack);
        if (!ReadPointer(p, privilege, external, out ushort selector, out uint pointer)) return false;
        var name = new Selector(selector);
        if (name.IsNull) return p.Refuse(ExceptionVector.InvalidTss, external);
        if (!StackSegment.Check(p, name, privilege, ExceptionVector.InvalidTss, external, out SegmentRegister segment)) return false;
        stack = new TransferStack(segment, pointer, segment.Big ? uint.MaxValue : ushort.MaxValue, privilege, name.ErrorCode | external);
        return true;
    }

    /// <summary>A stack of the interrupt stack table, 1-7.</summary>
    [Manual("3A", "6.14.5", "Interrupt Stack Table")]
    public static bool FromInterruptStackTable(Processor p, int index, int privilege, uint external, out TransferStack stack) =>
        FromTss64(p, InterruptStackTable + 8 * (index - 1), privilege, external, out stack);

    /// <summary>IA-32e mode: only RSP comes from the TSS; SS becomes a null selector.</summary>
    [Manual("3A", "6.14.4", "Stack Switching in IA-32e Mode")]
    private static bool FromTss64(Processor p, int offset, int privilege, uint external, out TransferStack stack)
    {
        stack = default;
        if ((uint)offset + 7 > p.Tr.Limit) return RefuseTss(p, external);
        if (!p.ReadLinear(p.Tr.Base + (uint)offset, AccessMode.Supervisor, out ulong pointer)) return false;
        if (!Canonical.Is(p, pointer)) return p.Refuse(ExceptionVector.StackFault, external);
        SegmentRegister segment = privilege == p.Cpl ? p.Segment(SegmentName.Ss) : SegmentLoading.NullStack(privilege);
        stack = new TransferStack(segment, pointer, ulong.MaxValue, privilege, external);
        return true;
    }

    private static bool ReadPointer(Processor p, int privilege, uint external, out ushort selector, out uint pointer)
    {
        selector = 0;
        pointer = 0;
        bool wide = (p.Tr.Type & 8) != 0;
        uint offset = wide ? 4u + 8 * (uint)privilege : 2u + 4 * (uint)privilege;
        uint pointerSize = wide ? 4u : 2u;
        if (offset + pointerSize + 1 > p.Tr.Limit) return RefuseTss(p, external);
        ulong address = DescriptorTables.Address(p, p.Tr.Base, offset), selectorAddress = DescriptorTables.Address(p, p.Tr.Base, offset + pointerSize);
        if (!wide)
        {
            bool read = p.ReadLinear(address, AccessMode.Supervisor, out ushort narrow);
            pointer = narrow;
            return read && p.ReadLinear(selectorAddress, AccessMode.Supervisor, out selector);
        }

        return p.ReadLinear(address, AccessMode.Supervisor, out pointer) && p.ReadLinear(selectorAddress, AccessMode.Supervisor, out selector);
    }

    private static bool RefuseTss(Processor p, uint external) =>
        p.Refuse(ExceptionVector.InvalidTss, new Selector(p.Tr.Selector).ErrorCode | external);
}
