using Vector20.Machine.Apic;
using Vector20.Proving.Answers;

namespace Vector20.Proving.Asking.Plans;

/// <summary>A non-maskable interrupt arrives at the processor while the guest runs.</summary>
internal static class NmiPlan
{
    public static Plan Make() => new()
    {
        Act = a => a.nop(),
        ShowsInstruction = false,
        Arrange = stage =>
        {
            stage.Actor.Apic.Receive(new ApicMessage(DeliveryMode.Nmi, 0));
        },
        Conclude = (stage, recorder) =>
        {
            string host = stage.Vm is null ? "there is no hypervisor" : $"{stage.Vm.Exits[Machine.Vmx.ExitReason.ExceptionOrNmi]} exits for exceptions and NMIs";
            recorder.Add(new Step("processor", "NMI handled", host));
        },
    };
}
