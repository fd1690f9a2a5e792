using Iced.Intel;
using Vector20.Hypervisor;
using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using Vector20.Proving.Answers;
using Vector20.Proving.Asking.Plans;
using Vector20.Proving.Questions;

namespace Vector20.Proving.Asking;

/// <summary>Answers questions by running them: a guest is assembled, executed, and the path is what the machine reported.</summary>
public static class Asking
{
    /// <summary>Answers a question, or says why it makes no sense.</summary>
    public static Asked Ask(Question question)
    {
        if (Refusals.Of(question) is { } refusal) return new Asked(null, refusal);
        Plan plan = PlanOf.Question(question);
        using var stage = new Stage(question.Options, plan, TouchPlan.UsesAccessedDirty(question.Source));
        return new Asked(Run(stage, plan), null);
    }

    private static Answer Run(Stage stage, Plan plan)
    {
        var recorder = new PathRecorder();
        stage.Computer.EventObserver = recorder;
        if (stage.Vm is { } vm) vm.Observer = recorder.OnHypervisor;
        bool arrived = stage.RunToAct(), ended = false;
        Dictionary<ExitReason, long> before = Exits(stage.Vm);
        int handled = stage.Guest.HandledCount;
        if (arrived)
        {
            plan.Arrange(stage);
            recorder.Recording = true;
            ended = Act(stage, plan, recorder);
            recorder.Recording = false;
            plan.Conclude(stage, recorder);
        }

        (Verdict verdict, string why) = Verdicts.Of(stage, recorder, ended);
        int[] handlers = [.. stage.Guest.Log.Skip(handled).Select(h => (int)h.Vector)];
        uint[] errors = [.. stage.Computer.Processors.Select(p => (uint)ApicReport.ErrorOf(stage.ApicOf(p.Index)))];
        return new Answer(recorder.Steps, verdict, why, Since(before, Exits(stage.Vm)), handlers, errors, stage.Vm is { Dumps: [var first, ..] } ? first : null);
    }

    private static bool Act(Stage stage, Plan plan, PathRecorder recorder)
    {
        if (plan.ShowsInstruction)
        {
            Instruction instruction = InstructionAt(stage);
            recorder.Add(new Step("guest", instruction.Mnemonic.ToString().ToLowerInvariant(), plan.Describe(stage)));
        }

        bool ended = stage.RunToEnd();
        if (plan.Afterwards is null || stage.Ended is not null) return ended;
        plan.Afterwards(stage, recorder);
        return stage.RunToEnd();
    }

    private static Instruction InstructionAt(Stage stage)
    {
        var bytes = new byte[15];
        stage.Computer.Memory.Read(new PhysicalAddress(stage.ActAddress), bytes);
        int bits = stage.Options.CpuMode switch { CpuMode.Long => 64, CpuMode.Real => 16, _ => 32 };
        Decoder decoder = Decoder.Create(bits, new ByteArrayCodeReader(bytes), stage.ActAddress);
        return decoder.Decode();
    }

    private static Dictionary<ExitReason, long> Exits(VirtualMachine? vm) => vm?.Exits.ByFrequency.ToDictionary(e => e.Reason, e => e.Count) ?? [];

    /// <summary>The exits that the act brought: without those on the way to it, and without the HLT by which the guest waits afterwards.</summary>
    private static List<ExitCount> Since(Dictionary<ExitReason, long> before, Dictionary<ExitReason, long> after) =>
        [.. after.Select(e => new ExitCount((int)e.Key, e.Key.ToString(), e.Value - before.GetValueOrDefault(e.Key))).Where(e => e.Count > 0 && e.Reason != (int)ExitReason.Hlt)];
}
