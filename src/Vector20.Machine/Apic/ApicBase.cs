namespace Vector20.Machine.Apic;

/// <summary>The operating mode of a local APIC.</summary>
[Manual("3A", "11.12.1", "Detecting and Enabling x2APIC Mode")]
public enum ApicMode : byte
{
    /// <summary>EN = 0: there is no local APIC.</summary>
    Disabled,

    /// <summary>EN = 1, EXTD = 0: registers in a page of memory.</summary>
    XApic,

    /// <summary>EN = 1, EXTD = 1: registers as MSRs.</summary>
    X2Apic,
}

/// <summary>IA32_APIC_BASE and the transitions between modes that it makes.</summary>
[Manual("3A", "11.4.4", "Local APIC Status and Location")]
public static class ApicBase
{
    /// <summary>This is the bootstrap processor.</summary>
    public const ulong Bsp = 1 << 8;

    /// <summary>Enable x2APIC mode.</summary>
    public const ulong Extended = 1 << 10;

    /// <summary>Enable the APIC.</summary>
    public const ulong Enable = 1 << 11;

    /// <summary>The page of the registers after reset.</summary>
    public const ulong DefaultAddress = 0xFEE0_0000;

    internal const ulong AddressMask = ~0xFFFul;

    /// <summary>The mode that a value of the MSR selects.</summary>
    public static ApicMode ModeOf(ulong value) =>
        (value & Enable) == 0 ? ApicMode.Disabled : (value & Extended) == 0 ? ApicMode.XApic : ApicMode.X2Apic;

    /// <summary>Whether a write that changes the MSR from one value to another is allowed; otherwise it is #GP(0).</summary>
    [Manual("3A", "11.12.5", "x2APIC State Transitions")]
    public static bool Allows(ulong from, ulong to, ApicOptions options)
    {
        ulong address = AddressMask & (1ul << options.PhysicalAddressBits) - 1;
        if ((to & ~(address | Bsp | Enable | (options.X2Apic ? Extended : 0))) != 0) return false;
        if ((to & (Enable | Extended)) == Extended) return false;
        return (ModeOf(from), ModeOf(to)) is not ((ApicMode.X2Apic, ApicMode.XApic) or (ApicMode.Disabled, ApicMode.X2Apic));
    }

    internal static bool Write(LocalApic apic, ulong value)
    {
        ref LocalApicState state = ref apic.State;
        if (!Allows(state.Base, value, apic.Options)) return false;
        ApicMode from = apic.Mode;
        state.Base = value;
        if (apic.Mode != from) ModeChanged(apic);
        return true;
    }

    /// <summary>Only the x2APIC ID survives being disabled. Going to x2APIC mode changes the ID, the logical ID and the ICR's high half.</summary>
    [Manual("3A", "11.12.5.1", "x2APIC States")]
    [Manual("3A", "11.4.3", "Enabling or Disabling the Local APIC")]
    private static void ModeChanged(LocalApic apic)
    {
        ref LocalApicState state = ref apic.State;
        if (apic.Mode == ApicMode.Disabled)
        {
            ApicReset.Registers(apic);
            state.XApicId = (byte)state.InitialId;
        }
        else if (apic.Mode == ApicMode.X2Apic)
        {
            state.XApicId = (byte)state.InitialId;
            state.LogicalDestination = LogicalId(state.InitialId);
            state.InterruptCommand &= uint.MaxValue;
        }

        apic.Clock.DeadlineChanged();
        apic.Client.InterruptsChanged();
    }

    /// <summary>The logical x2APIC ID: cluster of 16 in bits 31:16, one bit of 15:0.</summary>
    [Manual("3A", "11.12.10.2", "Deriving Logical x2APIC ID from the Local x2APIC ID")]
    public static uint LogicalId(uint id) => id >> 4 << 16 | 1u << (int)(id & 15);
}
