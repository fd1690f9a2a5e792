namespace Vector20.Machine.Processors;

/// <summary>Power-up, RESET and INIT.</summary>
[Manual("3A", "10.1.1", "Processor State After Reset")]
internal static class Reset
{
    /// <summary>The state after power-up. Processor 0 is the bootstrap processor; the others wait for SIPI.</summary>
    public static void PowerUp(Processor p)
    {
        p.SystemFlags = 0;
        p.ControlRegister0 = Cr0.CD | Cr0.NW | Cr0.ET;
        p.SetSegment(SegmentName.Cs, new SegmentRegister(0xF000, 0xFFFF_0000, 0xFFFF, 0x9B));
        foreach (SegmentName name in (ReadOnlySpan<SegmentName>)[SegmentName.Es, SegmentName.Ss, SegmentName.Ds, SegmentName.Fs, SegmentName.Gs])
            p.SetSegment(name, SegmentRegister.RealMode(0));
        p.Ldtr = new SegmentRegister(0, 0, 0xFFFF, 0x82);
        p.Tr = new SegmentRegister(0, 0, 0xFFFF, 0x8B);
        p.Gdtr = p.Idtr = new TableRegister(0, 0xFFFF);
        p.Rip = 0xFFF0;
        p.Registers.At<ulong>(Register.Rdx) = p.Model.Signature;
        p.Activity = p.Index == 0 ? ActivityState.Active : ActivityState.WaitForSipi;
        p.FlushTlb();
    }
}
