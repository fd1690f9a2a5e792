using Vector20.Proving.Asking.Plans;
using Vector20.Proving.Questions;

namespace Vector20.Proving.Asking;

/// <summary>From a source to the guest that acts it out.</summary>
internal static class PlanOf
{
    public static Plan Question(Question question) => question.Source switch
    {
        IpiSource ipi => IpiPlan.Make(ipi, question.Options),
        IntSource number => InstructionPlan.Int(number.Vector),
        InstructionSource instruction => InstructionPlan.Make(instruction.Instruction),
        ExceptionSource exception => ExceptionPlan.Make(exception.Exception, question.Options),
        NmiSource => NmiPlan.Make(),
        LvtSource lvt => LvtPlan.Make(lvt, question.Options),
        _ => TouchPlan.Make((TouchSource)question.Source, question.Options),
    };
}
