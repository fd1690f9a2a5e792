using Iced.Intel;
using Vector20.Machine.Apic;
using Vector20.Proving.Answers;
using Vector20.Proving.Questions;

namespace Vector20.Proving.Asking.Plans;

/// <summary>The guest writes an LVT entry, and then its source signals.</summary>
internal static class LvtPlan
{
    public static Plan Make(LvtSource lvt, QuestionOptions options)
    {
        uint value = ValueOf(lvt);
        ApicRegister register = RegisterOf(lvt.Entry);
        return new Plan
        {
            Prepare = a => Prepare(a, register, value),
            Act = a => GuestCode.StoreApic(a),
            Describe = _ => $"LVT {Names.Of(lvt.Entry)} <- 0x{value:x5}: {Names.Of(lvt.Mode)}, vector {lvt.Vector}{(lvt.Masked ? ", masked" : "")}",
            Afterwards = (stage, recorder) => Signal(stage, recorder, lvt.Entry),
            Conclude = (stage, recorder) => ApicReport.Errors(stage, recorder),
        };
    }

    private static void Prepare(Assembler a, ApicRegister register, uint value)
    {
        GuestCode.ReachAllMemory(a);
        GuestCode.PrepareStore(a, (int)register, value);
    }

    private static uint ValueOf(LvtSource lvt)
    {
        var mode = lvt.Mode switch
        {
            LvtMode.Fixed => DeliveryMode.Fixed,
            LvtMode.Smi => DeliveryMode.Smi,
            LvtMode.Nmi => DeliveryMode.Nmi,
            LvtMode.Init => DeliveryMode.Init,
            _ => DeliveryMode.ExtInt,
        };
        return lvt.Vector | (uint)mode << 8 | (lvt.Masked ? LocalVector.Mask : 0);
    }

    private static ApicRegister RegisterOf(LvtEntry entry) => entry switch
    {
        LvtEntry.Timer => ApicRegister.LvtTimer,
        LvtEntry.Thermal => ApicRegister.LvtThermal,
        LvtEntry.Perf => ApicRegister.LvtPerformance,
        LvtEntry.Lint0 => ApicRegister.LvtLint0,
        LvtEntry.Lint1 => ApicRegister.LvtLint1,
        LvtEntry.Error => ApicRegister.LvtError,
        _ => ApicRegister.LvtCmci,
    };

    /// <summary>The timer is started and runs out; pins rise; the error source is a reserved register address; the others signal.</summary>
    private static void Signal(Stage stage, PathRecorder recorder, LvtEntry entry)
    {
        LocalApic apic = stage.ApicOf(0);
        recorder.Add(new Step("local APIC", $"{Names.Of(entry)} signals", "its source, inside the processor or at a pin"));
        switch (entry)
        {
            case LvtEntry.Timer:
                apic.Write((int)ApicRegister.InitialCount, 4, 1);
                break;
            case LvtEntry.Lint0:
                apic.SetPin(LocalVectorEntry.Lint0, true);
                break;
            case LvtEntry.Lint1:
                apic.SetPin(LocalVectorEntry.Lint1, true);
                break;
            case LvtEntry.Error:
                apic.Read(0x40, 4);
                break;
            default:
                apic.Signal(entry switch { LvtEntry.Thermal => LocalVectorEntry.Thermal, LvtEntry.Perf => LocalVectorEntry.Performance, _ => LocalVectorEntry.Cmci });
                break;
        }
    }
}
