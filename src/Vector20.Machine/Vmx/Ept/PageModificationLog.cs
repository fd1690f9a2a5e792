using Vector20.Machine.Memory;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx.Ept;

/// <summary>The page-modification log: a page of 512 guest-physical addresses whose EPT dirty flag became 1, filled from its end.</summary>
[Manual("3C", "29.3.6", "Page-Modification Logging")]
internal static class PageModificationLog
{
    private const ulong Entries = 512;

    /// <summary>Whether an accessed or dirty flag may be set: with the log full it may not, and the access exits.</summary>
    public static bool HasRoom(Processor p) =>
        !p.Vmx.Has(SecondaryControls.EnablePml) || p.Vmx.Vmcs[VmcsField.PmlIndex] < Entries || VmExits.Record(p, new VmExit(ExitReason.PageModificationLogFull));

    /// <summary>A dirty flag became 1. The index goes down, from 0 to FFFFH.</summary>
    public static void Add(Processor p, ulong guestPhysical)
    {
        if (!p.Vmx.Has(SecondaryControls.EnablePml)) return;
        Vmcs vmcs = p.Vmx.Vmcs;
        ulong index = vmcs[VmcsField.PmlIndex];
        p.Computer.Memory.Write(new PhysicalAddress(vmcs[VmcsField.PmlAddress] + 8 * index), guestPhysical & ~0xFFFul);
        vmcs[VmcsField.PmlIndex] = index - 1;
    }
}
