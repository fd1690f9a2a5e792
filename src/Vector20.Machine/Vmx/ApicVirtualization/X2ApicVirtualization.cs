using Vector20.Machine.Apic;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>RDMSR and WRMSR of 800H-8FFH under "virtualize x2APIC mode", once the MSR bitmaps have let them through.</summary>
[Manual("3C", "30.5", "Virtualizing MSR-Based APIC Accesses")]
internal static class X2ApicVirtualization
{
    private const uint First = 0x800, Last = 0x8FF, TaskPriority = 0x808, EndOfInterrupt = 0x80B, InterruptCommand = 0x830, SelfIpi = 0x83F;

    /// <summary>Whether RDMSR of an MSR reads the virtual-APIC page: of the TPR alone without "APIC-register virtualization".</summary>
    public static bool Reads(Processor p, uint msr) =>
        p.Vmx.Has(SecondaryControls.VirtualizeX2ApicMode) && msr is >= First and <= Last
        && (msr == TaskPriority || p.Vmx.Has(SecondaryControls.ApicRegisterVirtualization));

    /// <summary>What it reads: the eight bytes at the register's offset.</summary>
    public static ulong Read(Processor p, uint msr) => p.Computer.Memory.Read<ulong>(VirtualApicPage.Register(p, (msr & 0xFF) << 4));

    /// <summary>Whether WRMSR of an MSR is virtualized: of the TPR, with "virtual-interrupt delivery" of EOI and SELF IPI too, with "IPI virtualization" of ICR.</summary>
    public static bool Writes(Processor p, uint msr) =>
        p.Vmx.Has(SecondaryControls.VirtualizeX2ApicMode)
        && (msr == TaskPriority || msr is EndOfInterrupt or SelfIpi && p.Vmx.Has(SecondaryControls.VirtualInterruptDelivery)
            || msr == InterruptCommand && p.Vmx.Has(TertiaryControls.IpiVirtualization));

    /// <summary>Writes. False: #GP(0), for a reserved bit is 1.</summary>
    public static bool Write(Processor p, uint msr, ulong value)
    {
        if (msr == InterruptCommand) return IpiVirtualization.WriteX2(p, value);
        if (value > (msr == EndOfInterrupt ? 0ul : 0xFF)) return false;
        VirtualApicPage.Write(p, (ApicRegister)((msr & 0xFF) << 4), (uint)value);
        if (msr == TaskPriority) VirtualTaskPriority.Virtualize(p);
        else if (msr == EndOfInterrupt) VirtualInterrupts.EndOfInterrupt(p);
        else if (value >= Acceptance.FirstLegalVector) VirtualInterrupts.SelfIpi(p, (byte)value);
        else VmxEvents.Pend(p, new VmExit(ExitReason.ApicWrite, (msr & 0xFF) << 4));
        return true;
    }
}
