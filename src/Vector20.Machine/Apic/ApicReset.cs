namespace Vector20.Machine.Apic;

/// <summary>The state of a local APIC after power-up, RESET and INIT.</summary>
[Manual("3A", "11.4.7", "Local APIC State")]
internal static class ApicReset
{
    /// <summary>Power-up and RESET: xAPIC mode, its hardware ID. APIC 0 belongs to the bootstrap processor.</summary>
    [Manual("3A", "11.4.7.1", "Local APIC State After Power-Up or Reset")]
    public static void PowerUp(LocalApic apic)
    {
        ref LocalApicState state = ref apic.State;
        state.Base = ApicBase.DefaultAddress | ApicBase.Enable | (state.InitialId == 0 ? ApicBase.Bsp : 0);
        state.XApicId = (byte)state.InitialId;
        state.Lint0 = state.Lint1 = false;
        Registers(apic);
    }

    /// <summary>INIT: mode and ID stay, all else is as after power-up.</summary>
    [Manual("3A", "11.4.7.3", "Local APIC State After an INIT Reset (“Wait-for-SIPI” State)")]
    public static void Init(LocalApic apic)
    {
        if (apic.Mode == ApicMode.Disabled) return;
        Registers(apic);
        if (apic.Mode == ApicMode.X2Apic) apic.State.LogicalDestination = ApicBase.LogicalId(apic.State.InitialId);
        apic.Clock.DeadlineChanged();
        apic.Client.InterruptsChanged();
    }

    /// <summary>The registers but IA32_APIC_BASE and the ID. The pins are inputs and keep their levels.</summary>
    public static void Registers(LocalApic apic)
    {
        LocalApicState old = apic.State;
        apic.State = new LocalApicState
        {
            Base = old.Base,
            InitialId = old.InitialId,
            XApicId = old.XApicId,
            Lint0 = old.Lint0,
            Lint1 = old.Lint1,
            DestinationFormat = uint.MaxValue,
            SpuriousVector = Apic.SpuriousVector.VectorMask,
        };
        for (LocalVectorEntry entry = 0; entry <= LocalVectorEntry.Cmci; entry++) apic.State.Lvt[entry] = LocalVector.Initial;
    }
}
