using Vector20.Machine.Apic;

namespace Vector20.Machine.Processors;

/// <summary>Power-up, RESET, INIT and the start-up IPI.</summary>
[Manual("3A", "10.1.1", "Processor State After Reset")]
internal static class Reset
{
    /// <summary>The state after power-up. Processor 0 is the bootstrap processor; the others wait for SIPI.</summary>
    public static void PowerUp(Processor p)
    {
        p.ControlRegister0 = Cr0.CD | Cr0.NW | Cr0.ET;
        p.Extended = ExtendedRegisters.PowerUp;
        Common(p);
        Activate(p, p.Index == 0);
    }

    /// <summary>
    /// INIT: as power-up, but the caches, CR0.CD and CR0.NW, XCR0, PKRU, the x87 and vector registers, the time-stamp counter and most MSRs stay. The bootstrap
    /// processor starts at the reset vector, another waits for SIPI.
    /// </summary>
    [Manual("3A", "10.1.1", "Processor State After Reset")]
    [Manual("3A", "9.4.1", "BSP and AP Processors")]
    public static void Init(Processor p)
    {
        p.InitPending = p.NmiPending = p.NmisBlocked = false;
        p.Shadow = InterruptShadow.None;
        p.PendingDebugTraps = 0;
        p.ControlRegister0 = p.ControlRegister0 & (Cr0.CD | Cr0.NW) | Cr0.ET;
        Common(p);
        p.Apic.Init();
        Activate(p, (p.Apic.BaseAddressRegister & ApicBase.Bsp) != 0);
    }

    /// <summary>The start-up IPI: real-address mode at the page that its vector names.</summary>
    [Manual("3A", "9.4.4", "MP Initialization Example")]
    public static void StartUp(Processor p, byte vector)
    {
        p.SetSegment(SegmentName.Cs, new SegmentRegister((ushort)(vector << 8), (ulong)vector << 12, 0xFFFF, 0x9B));
        p.Rip = 0;
        p.Activity = ActivityState.Active;
        p.RequestAttention();
    }

    private static void Common(Processor p)
    {
        p.ControlRegister2 = p.ControlRegister3 = p.ControlRegister4 = p.ExtendedFeatures = 0;
        p.CurrentPrivilegeLevel = 0;
        p.SetRflags(0);
        p.SetSegment(SegmentName.Cs, new SegmentRegister(0xF000, 0xFFFF_0000, 0xFFFF, 0x9B));
        foreach (SegmentName name in (ReadOnlySpan<SegmentName>)[SegmentName.Es, SegmentName.Ss, SegmentName.Ds, SegmentName.Fs, SegmentName.Gs])
            p.SetSegment(name, SegmentRegister.RealMode(0));
        p.Ldtr = new SegmentRegister(0, 0, 0xFFFF, 0x82);
        p.Tr = new SegmentRegister(0, 0, 0xFFFF, 0x8B);
        p.Gdtr = p.Idtr = new TableRegister(0, 0xFFFF);
        Array.Clear(p.DebugAddresses);
        p.DebugStatus = Dr6.Initial;
        p.DebugControl = Dr7.Initial;
        for (int register = 0; register < 16; register++) p[register] = 0;
        p.Registers.At<ulong>(Register.Rdx) = p.Model.Signature;
        p.Rip = 0xFFF0;
        p.FlushTlb();
    }

    private static void Activate(Processor p, bool bootstrap) => p.Activity = bootstrap ? ActivityState.Active : ActivityState.WaitForSipi;
}
