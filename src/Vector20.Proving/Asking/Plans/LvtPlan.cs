using Iced.Intel;
using Vector20.Machine.Apic;
using Vector20.Proving.Actions;
using Vector20.Proving.Answers;
using Vector20.Proving.Questions;

namespace Vector20.Proving.Asking.Plans;

/// <summary>The guest writes an LVT entry, and then its source signals.</summary>
internal static class LvtPlan
{
    public static Plan Make(LvtSource lvt, QuestionOptions options)
    {
        uint value = ValueOf(lvt);
        ApicRegister register = LvtSignals.RegisterOf(lvt.Entry);
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

    private static void Signal(Stage stage, PathRecorder recorder, LvtEntry entry)
    {
        recorder.Add(new Step("local APIC", $"{Names.Of(entry)} signals", "its source, inside the processor or at a pin"));
        LvtSignals.Signal(stage.ApicOf(0), entry);
    }
}
