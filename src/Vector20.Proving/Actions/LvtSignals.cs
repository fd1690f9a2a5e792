using Vector20.Machine.Apic;
using Vector20.Proving.Questions;

namespace Vector20.Proving.Actions;

/// <summary>The entries of the local vector table, and what makes each one's source signal.</summary>
internal static class LvtSignals
{
    /// <summary>The register of an entry.</summary>
    public static ApicRegister RegisterOf(LvtEntry entry) => entry switch
    {
        LvtEntry.Timer => ApicRegister.LvtTimer,
        LvtEntry.Thermal => ApicRegister.LvtThermal,
        LvtEntry.Perf => ApicRegister.LvtPerformance,
        LvtEntry.Lint0 => ApicRegister.LvtLint0,
        LvtEntry.Lint1 => ApicRegister.LvtLint1,
        LvtEntry.Error => ApicRegister.LvtError,
        _ => ApicRegister.LvtCmci,
    };

    /// <summary>The pins fall again.</summary>
    public static void Release(LocalApic apic)
    {
        apic.SetPin(LocalVectorEntry.Lint0, false);
        apic.SetPin(LocalVectorEntry.Lint1, false);
    }

    /// <summary>The timer is started and runs out; pins rise; the error source is a reserved register address; the others signal.</summary>
    public static void Signal(LocalApic apic, LvtEntry entry)
    {
        switch (entry)
        {
            case LvtEntry.Timer:
                if (apic.Mode == ApicMode.XApic) apic.Write((int)ApicRegister.InitialCount, 4, 1);
                else apic.WriteMsr(0x838, 1);
                break;
            case LvtEntry.Lint0:
                apic.SetPin(LocalVectorEntry.Lint0, true);
                break;
            case LvtEntry.Lint1:
                apic.SetPin(LocalVectorEntry.Lint1, true);
                break;
            case LvtEntry.Error:
                if (apic.Mode == ApicMode.XApic) apic.Read(0x40, 4);
                else apic.WriteMsr(0x83F, 5);
                break;
            default:
                apic.Signal(entry switch { LvtEntry.Thermal => LocalVectorEntry.Thermal, LvtEntry.Perf => LocalVectorEntry.Performance, _ => LocalVectorEntry.Cmci });
                break;
        }
    }
}
