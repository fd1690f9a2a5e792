using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Segmentation;

namespace Vector20.Machine.Events;

/// <summary>Delivery of INT n to the virtual-8086 program's own handler, which the virtual-8086 mode extensions make possible.</summary>
[Manual("3B", "21.3.3", "Class 3 - Software Interrupt Handling in Virtual-8086 Mode")]
internal static class Virtual8086Delivery
{
    private const uint IoMapBaseOffset = 0x66, RedirectionMapBytes = 32;

    /// <summary>Whether the redirection bit map of the TSS sends INT n to the 8086 program. False when reading it faults.</summary>
    public static bool Redirects(Processor p, Event e, out bool redirects)
    {
        redirects = false;
        bool extended = e.Type == EventType.SoftwareInterrupt && p.Virtual8086 && (p.ControlRegister4 & Cr4.VME) != 0;
        if (!extended) return true;
        if (!p.ReadLinear(p.Tr.Base + IoMapBaseOffset, AccessMode.Supervisor, out ushort ioMap)) return false;
        uint offset = ioMap - RedirectionMapBytes + e.Vector / 8u;
        if (offset > p.Tr.Limit) return p.Refuse(ExceptionVector.GeneralProtection, 0);
        if (!p.ReadLinear(p.Tr.Base + offset, AccessMode.Supervisor, out byte bits)) return false;
        redirects = (bits >> (e.Vector & 7) & 1) == 0;
        return redirects || p.IoPrivilegeLevel == 3 || p.Refuse(ExceptionVector.GeneralProtection, 0);
    }

    /// <summary>Delivers through the vector table at linear address 0. With IOPL below 3, VIF takes the place of IF.</summary>
    public static bool Deliver(Processor p, Event e, in ReturnPoint origin)
    {
        if (!p.ReadLinear((uint)e.Vector * 4, AccessMode.User, out uint pointer)) return false;
        if (p.IoPrivilegeLevel == 3) return RealModeDelivery.Enter(p, origin, pointer, Eflags.IF | Eflags.TF | Eflags.RF);
        ulong flags = origin.Rflags & ~(ulong)Eflags.IF | Eflags.IOPL | ((origin.Rflags & Eflags.VIF) != 0 ? Eflags.IF : 0);
        return RealModeDelivery.Enter(p, origin with { Rflags = flags }, pointer, Eflags.VIF | Eflags.TF | Eflags.RF);
    }
}
