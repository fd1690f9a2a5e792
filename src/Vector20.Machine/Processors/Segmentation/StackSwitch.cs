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
        if (p.LongMode)
        {
            if (!ReadPrivilegedStack(p, privilege, external, out ulong pointer64)) return false;
            stack = new TransferStack(SegmentLoading.NullStack(privilege), pointer64, ulong.MaxValue, privilege, external);
            return true;
        }

        if (!ReadPointer(p, privilege, external, out ushort selector, out uint pointer)) return false;
        var name = new Selector(selector);
        if (name.IsNull) return p.Refuse(ExceptionVector.InvalidTss, external);
        if (!StackSegment.Check(p, name, privilege, ExceptionVector.InvalidTss, external, out Descriptor descriptor)) return false;
        SegmentRegister segment = descriptor.ToRegister(name);
        stack = new TransferStack(segment, pointer, segment.Big ? uint.MaxValue : ushort.MaxValue, privilege, name.ErrorCode | external);
        return true;
    }

    /// <summary>A stack of the interrupt stack table, 1-7.</summary>
    [Manual("3A", "6.14.5", "Interrupt Stack Table")]
    public static bool ReadInterruptStack(Processor p, int index, uint external, out ulong pointer) =>
        ReadPointer64(p, InterruptStackTable + 8 * (uint)(index - 1), external, out pointer);

    /// <summary>IA-32e mode: only RSP comes from the TSS; SS becomes a null selector.</summary>
    [Manual("3A", "6.14.4", "Stack Switching in IA-32e Mode")]
    public static bool ReadPrivilegedStack(Processor p, int privilege, uint external, out ulong pointer) =>
        ReadPointer64(p, 4 + 8 * (uint)privilege, external, out pointer);

    private static bool ReadPointer64(Processor p, uint offset, uint external, out ulong pointer)
    {
        pointer = 0;
        if (offset + 7 > p.Tr.Limit) return RefuseTss(p, external);
        if (!p.ReadLinear(p.Tr.Base + offset, AccessMode.Supervisor, out pointer)) return false;
        return Canonical.Is(p, pointer) || p.Refuse(ExceptionVector.StackFault, external);
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
