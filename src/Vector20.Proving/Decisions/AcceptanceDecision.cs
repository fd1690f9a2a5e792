using Vector20.Machine;
using Vector20.Machine.Apic;

namespace Vector20.Proving.Decisions;

/// <summary>Which vectors a local APIC sends and accepts: claims C1 to C4 over their whole input.</summary>
[Manual("3A", "11.5.2", "Valid Interrupt Vectors")]
internal static class AcceptanceDecision
{
    public static DecisionResult Run(HardwareFaults faults)
    {
        long inputs = 0;
        string? broken = null;
        foreach (DeliveryMode mode in Enum.GetValues<DeliveryMode>())
            for (int vector = 0; vector < 256; vector++)
            {
                inputs += 2;
                bool hasVector = mode is DeliveryMode.Fixed or DeliveryMode.LowestPriority, illegal = hasVector && vector < Acceptance.FirstLegalVector;
                Reception reception = Acceptance.Receive(mode, (byte)vector, faults);
                if (reception == Reception.IllegalVector != illegal || reception == Reception.Request != (hasVector && !illegal)) broken ??= $"receives {mode}, vector {vector}: {reception}";
                ErrorStatus sent = Acceptance.Send(mode, (byte)vector, true, faults);
                if (sent == ErrorStatus.SendIllegalVector != illegal) broken ??= $"sends {mode}, vector {vector}: {sent}";
            }

        return new DecisionResult("which vectors a local APIC takes", "0-15 are illegal, 16-255 are not (SDM 3A 11.5.2)", inputs, broken);
    }
}
