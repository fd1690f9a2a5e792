using Vector20.Machine.Events;

namespace Vector20.Machine.Processors.Segmentation;

/// <summary>Loads ES, SS, DS, FS and GS, with the checks of MOV to a segment register. False when a fault is raised.</summary>
[Manual("3A", "3.4.3", "Segment Registers")]
internal static class SegmentLoading
{
    /// <summary>Loads a data or stack segment register in whatever mode the processor is.</summary>
    public static bool Load(Processor p, SegmentName name, ushort value)
    {
        if (!p.Protected || p.Virtual8086)
        {
            p.SetSegment(name, InRealMode(p, name, value));
            return true;
        }

        if (!Check(p, name, value, out SegmentRegister segment)) return false;
        p.SetSegment(name, segment);
        return true;
    }

    /// <summary>Everything of <see cref="Load"/> in protected mode but the change of the register.</summary>
    public static bool Check(Processor p, SegmentName name, ushort value, out SegmentRegister segment) =>
        name == SegmentName.Ss ? CheckStack(p, new Selector(value), out segment) : CheckData(p, new Selector(value), out segment);

    /// <summary>A register as real-address and virtual-8086 mode load it. Real-address mode keeps the limit and D/B that protected mode left.</summary>
    [Manual("3B", "21.1.1", "Address Translation in Real-Address Mode")]
    [Manual("3B", "21.2.1", "Enabling Virtual-8086 Mode")]
    public static SegmentRegister InRealMode(Processor p, SegmentName name, ushort value)
    {
        if (p.Virtual8086) return InVirtual8086Mode(value);
        SegmentRegister old = p.Segment(name);
        uint rights = old.Unusable ? 0 : old.AccessRights & 0xF000;
        uint limit = old.Unusable ? 0xFFFFu : old.Limit;
        return new SegmentRegister(value, (ulong)value << 4, limit, rights | (name == SegmentName.Cs ? 0x9Bu : 0x93u));
    }

    /// <summary>A register as virtual-8086 mode loads it: base 16 times the selector, 64-KiB limit, DPL 3.</summary>
    public static SegmentRegister InVirtual8086Mode(ushort value) => new(value, (ulong)value << 4, 0xFFFF, 0xF3);

    /// <summary>What ES, DS, FS or GS holds after a null selector was loaded.</summary>
    public static SegmentRegister Null(Selector selector) => new(selector.Value, 0, 0, SegmentRegister.UnusableBit);

    /// <summary>What SS holds after a null selector was loaded in 64-bit mode, or by a change of privilege there: DPL is the CPL.</summary>
    public static SegmentRegister NullStack(int cpl) =>
        new((ushort)cpl, 0, uint.MaxValue, SegmentRegister.UnusableBit | (uint)cpl << 5 | 0xC093);

    [Manual("3A", "5.6", "Privilege Level Checking When Accessing Data Segments")]
    private static bool CheckData(Processor p, Selector selector, out SegmentRegister segment)
    {
        segment = Null(selector);
        if (selector.IsNull) return true;
        if (!DescriptorTables.Fetch(p, selector, out Descriptor descriptor)) return false;
        bool privileged = !descriptor.IsConforming && Math.Max(selector.Rpl, p.Cpl) > descriptor.Dpl;
        if (!descriptor.IsReadable || privileged) return p.Refuse(ExceptionVector.GeneralProtection, selector.ErrorCode);
        if (!descriptor.Present) return p.Refuse(ExceptionVector.SegmentNotPresent, selector.ErrorCode);
        segment = descriptor.ToRegister(selector);
        return DescriptorTables.MarkAccessed(p, descriptor);
    }

    [Manual("3A", "5.7", "Privilege Level Checking When Loading the SS Register")]
    private static bool CheckStack(Processor p, Selector selector, out SegmentRegister segment)
    {
        segment = default;
        if (selector.IsNull)
        {
            if (!p.Is64Bit || p.Cpl == 3 || selector.Rpl != p.Cpl) return p.Refuse(ExceptionVector.GeneralProtection, 0);
            segment = NullStack(p.Cpl);
            return true;
        }

        if (!StackSegment.Check(p, selector, p.Cpl, ExceptionVector.GeneralProtection, 0, out Descriptor descriptor)) return false;
        segment = descriptor.ToRegister(selector);
        return true;
    }
}
