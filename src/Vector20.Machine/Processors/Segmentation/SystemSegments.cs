using Vector20.Machine.Events;
using Vector20.Machine.Memory;

namespace Vector20.Machine.Processors.Segmentation;

/// <summary>Loads LDTR and TR. False when a fault is raised.</summary>
[Manual("3A", "2.4.2", "Local Descriptor Table Register (LDTR)")]
[Manual("3A", "2.4.4", "Task Register (TR)")]
internal static class SystemSegments
{
    /// <summary>LLDT: a null selector makes LDTR unusable; any other must name an LDT descriptor of the GDT.</summary>
    [Manual("2A", "3.3", "LLDT—Load Local Descriptor Table Register")]
    public static bool LoadLdt(Processor p, Selector selector)
    {
        if (selector.IsNull)
        {
            p.Ldtr = new SegmentRegister(selector.Value, 0, 0, SegmentRegister.UnusableBit);
            return true;
        }

        if (!FetchGlobal(p, selector, out Descriptor descriptor)) return false;
        if (descriptor.IsCodeOrData || descriptor.SystemType != SystemDescriptorType.Ldt) return p.Refuse(ExceptionVector.GeneralProtection, selector.ErrorCode);
        if (!Complete(p, selector, ref descriptor)) return false;
        p.Ldtr = descriptor.ToRegister(selector);
        return true;
    }

    /// <summary>LTR: the selector must name an available TSS of the GDT, which becomes busy.</summary>
    [Manual("2A", "3.3", "LTR—Load Task Register")]
    public static bool LoadTask(Processor p, Selector selector)
    {
        if (selector.IsNull) return p.Refuse(ExceptionVector.GeneralProtection, 0);
        if (!FetchGlobal(p, selector, out Descriptor descriptor)) return false;
        bool available = descriptor.SystemType == SystemDescriptorType.AvailableTss
            || descriptor.SystemType == SystemDescriptorType.AvailableTss16 && !p.LongMode;
        if (descriptor.IsCodeOrData || !available) return p.Refuse(ExceptionVector.GeneralProtection, selector.ErrorCode);
        if (!Complete(p, selector, ref descriptor) || !DescriptorTables.MarkBusy(p, descriptor)) return false;
        p.Tr = Busy(descriptor.ToRegister(selector));
        return true;
    }

    /// <summary>The task register with the busy bit in its type.</summary>
    public static SegmentRegister Busy(SegmentRegister task) => task with { AccessRights = task.AccessRights | 2 };

    private static bool FetchGlobal(Processor p, Selector selector, out Descriptor descriptor)
    {
        descriptor = default;
        if (selector.IsLocal) return p.Refuse(ExceptionVector.GeneralProtection, selector.ErrorCode);
        return DescriptorTables.Fetch(p, selector, out descriptor);
    }

    private static bool Complete(Processor p, Selector selector, ref Descriptor descriptor)
    {
        if (!descriptor.Present) return p.Refuse(ExceptionVector.SegmentNotPresent, selector.ErrorCode);
        if (!DescriptorTables.Extend(p, selector, ref descriptor)) return false;
        return !p.LongMode || Canonical.Is(p, descriptor.Base) || p.Refuse(ExceptionVector.GeneralProtection, selector.ErrorCode);
    }
}
