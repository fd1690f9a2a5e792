using Vector20.Machine.Apic;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>What a write to the virtual-APIC page does once its instruction has completed.</summary>
[Manual("3C", "30.4.3.2", "APIC-Write Emulation")]
internal static class ApicWriteEmulation
{
    private const uint IcrMustBeZero = 0xFFF0_0000 | 3u << 16 | 1u << 13 | 1u << 12 | 1u << 15 | 7u << 8, IcrShorthand = 3u << 18, IcrSelf = 1u << 18;

    /// <summary>Emulates the write that is pending, if there is one. One that begins above a register's first byte is left to software, but for ICR's high half.</summary>
    public static void Perform(Processor p)
    {
        int offset = p.Vmx.PendingApicWrite;
        if (offset < 0) return;
        p.Vmx.PendingApicWrite = -1;
        bool delivers = p.Vmx.Has(SecondaryControls.VirtualInterruptDelivery);
        switch ((ApicRegister)offset)
        {
            case ApicRegister.TaskPriority:
                VirtualApicPage.Write(p, ApicRegister.TaskPriority, VirtualApicPage.Read(p, ApicRegister.TaskPriority) & 0xFF);
                VirtualTaskPriority.Virtualize(p);
                break;
            case ApicRegister.EndOfInterrupt when delivers:
                VirtualApicPage.Write(p, ApicRegister.EndOfInterrupt, 0);
                VirtualInterrupts.EndOfInterrupt(p);
                break;
            case ApicRegister.InterruptCommandLow when delivers && IsSelfIpi(VirtualApicPage.Read(p, ApicRegister.InterruptCommandLow)):
                VirtualInterrupts.SelfIpi(p, (byte)VirtualApicPage.Read(p, ApicRegister.InterruptCommandLow));
                break;
            case ApicRegister.InterruptCommandLow when IpiVirtualization.Takes(p, VirtualApicPage.Read(p, ApicRegister.InterruptCommandLow)):
                IpiVirtualization.Send(p, (byte)VirtualApicPage.Read(p, ApicRegister.InterruptCommandLow), VirtualApicPage.Read(p, ApicRegister.InterruptCommandHigh) >> 24);
                break;
            case >= ApicRegister.InterruptCommandHigh and <= ApicRegister.InterruptCommandHigh + 3:
                VirtualApicPage.Write(p, ApicRegister.InterruptCommandHigh, VirtualApicPage.Read(p, ApicRegister.InterruptCommandHigh) & 0xFF00_0000);
                break;
            default:
                VmxEvents.Pend(p, new VmExit(ExitReason.ApicWrite, (uint)offset));
                break;
        }
    }

    /// <summary>Fixed delivery to self, edge-triggered, idle, of a legal vector, and nothing reserved.</summary>
    public static bool IsSelfIpi(uint command) =>
        (command & IcrMustBeZero) == 0 && (command & IcrShorthand) == IcrSelf && (command & 0xF0) != 0;
}
