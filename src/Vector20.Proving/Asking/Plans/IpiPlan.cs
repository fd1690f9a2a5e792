using Iced.Intel;
using Vector20.Machine.Apic;
using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Proving.Answers;
using Vector20.Proving.Questions;

namespace Vector20.Proving.Asking.Plans;

/// <summary>The guest writes the interrupt command register.</summary>
internal static class IpiPlan
{
    private const uint IcrMsr = 0x830;
    private const byte FirstFreePage = 0x60;

    public static Plan Make(IpiSource ipi, QuestionOptions options)
    {
        InterruptCommand command = CommandOf(ipi);
        return new Plan
        {
            Processors = Processors(ipi.To),
            OthersRun = ipi.Mode != IpiMode.Sipi,
            Prepare = a => Prepare(a, ipi, command),
            Act = a => Act(a, ipi),
            Furnish = stage => Furnish(stage, ipi, command),
            Describe = _ => Describe(ipi, command),
            Conclude = (stage, recorder) => Conclude(stage, recorder, ipi),
        };
    }

    /// <summary>The value that the guest writes.</summary>
    public static InterruptCommand CommandOf(IpiSource ipi)
    {
        var mode = ipi.Mode switch
        {
            IpiMode.Fixed => DeliveryMode.Fixed,
            IpiMode.Lowest => DeliveryMode.LowestPriority,
            IpiMode.Smi => DeliveryMode.Smi,
            IpiMode.Nmi => DeliveryMode.Nmi,
            IpiMode.Init => DeliveryMode.Init,
            IpiMode.Sipi => DeliveryMode.StartUp,
            _ => DeliveryMode.ExtInt,
        };
        var shorthand = ipi.To.Audience switch
        {
            IpiAudience.Self => DestinationShorthand.Self,
            IpiAudience.All => DestinationShorthand.AllIncludingSelf,
            IpiAudience.Others => DestinationShorthand.AllExcludingSelf,
            _ => DestinationShorthand.None,
        };
        return ipi.X2Apic ? InterruptCommand.MakeX2(mode, ipi.Vector, shorthand, ipi.To.Id) : InterruptCommand.Make(mode, ipi.Vector, shorthand, (byte)ipi.To.Id);
    }

    private static int Processors(IpiTarget to) => to.Audience switch
    {
        IpiAudience.Self => 1,
        IpiAudience.Id => to.Id < 8 ? Math.Max(1, (int)to.Id + 1) : 1,
        _ => 2,
    };

    private static void Prepare(Assembler a, IpiSource ipi, InterruptCommand command)
    {
        if (ipi.X2Apic)
        {
            GuestCode.PrepareWrmsr(a, IcrMsr, command.Value);
            return;
        }

        GuestCode.ReachAllMemory(a);
        GuestCode.PrepareStore(a, (int)ApicRegister.InterruptCommandLow, (uint)command.Value);
    }

    private static void Act(Assembler a, IpiSource ipi)
    {
        if (ipi.X2Apic) a.wrmsr();
        else GuestCode.StoreApic(a);
    }

    /// <summary>x2APIC mode where asked for, else the ICR's high half: the path begins with the write that sends. And a place for a started processor to wait.</summary>
    private static void Furnish(Stage stage, IpiSource ipi, InterruptCommand command)
    {
        if (!ipi.X2Apic) stage.ApicOf(0).Write((int)ApicRegister.InterruptCommandHigh, 4, command.Value >> 32);
        if (ipi.X2Apic)
        {
            for (int i = 0; i < stage.Computer.Processors.Count; i++)
            {
                LocalApic apic = stage.ApicOf(i);
                apic.WriteBaseAddressRegister(apic.BaseAddressRegister | ApicBase.Extended);
            }
        }

        if (ipi is { Mode: IpiMode.Sipi, Vector: >= FirstFreePage })
            stage.Computer.Memory.Write(new PhysicalAddress((ulong)ipi.Vector << 12), [0xF4, 0xEB, 0xFD]);
    }

    private static string Describe(IpiSource ipi, InterruptCommand command)
    {
        string to = ipi.To.Audience == IpiAudience.Id ? $"APIC {ipi.To.Id}" : Names.Of(ipi.To.Audience);
        string value = ipi.X2Apic ? $"0x{command.Value:x16}" : $"0x{(uint)command.Value:x8}";
        return $"ICR <- {value}: {Names.Of(ipi.Mode)}, vector {ipi.Vector}, to {to}";
    }

    private static void Conclude(Stage stage, PathRecorder recorder, IpiSource ipi)
    {
        ApicReport.Errors(stage, recorder);
        if (ipi.Mode == IpiMode.Sipi) recorder.Add(new Step("processor", "started processors", ApicReport.Activities(stage), new ManualReference("3A", "9.4.4", "MP Initialization Example")));
    }
}
