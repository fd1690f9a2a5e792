namespace Vector20.Machine.Apic;

/// <summary>Virtual wire mode: what firmware leaves behind, so that software that knows only the 8259s gets its interrupts.</summary>
[Manual("MultiProcessor Specification", "3.6.2.2", "Virtual Wire Mode")]
public static class VirtualWire
{
    /// <summary>LINT0 of the bootstrap processor is the 8259s' INTR, LINT1 is NMI.</summary>
    public static void Set(LocalApic apic)
    {
        apic.Write((int)ApicRegister.SpuriousInterruptVector, 4, SpuriousVector.SoftwareEnable | SpuriousVector.VectorMask);
        apic.Write((int)ApicRegister.LvtLint0, 4, (uint)DeliveryMode.ExtInt << 8);
        apic.Write((int)ApicRegister.LvtLint1, 4, (uint)DeliveryMode.Nmi << 8);
    }
}
