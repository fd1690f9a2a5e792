using Vector20.Machine;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Proving.Decisions;

/// <summary>When an EPT violation becomes #VE.</summary>
[Manual("3C", "26.5.7.1", "Convertible EPT Violations")]
internal static class ConversionDecision
{
    public static DecisionResult Run(HardwareFaults faults)
    {
        long inputs = 0;
        string? broken = null;
        foreach (uint busy in (uint[])[0, 1, 0x8000_0000, uint.MaxValue])
            for (int all = 0; all < 32; all++)
            {
                var conditions = new ViolationConditions((all & 1) != 0, (all & 2) != 0, (all & 4) != 0, (all & 8) != 0, busy, (all & 16) != 0);
                bool must = conditions is { EptViolationVe: true, SuppressVe: false, ProtectionEnabled: true, Delivering: false, Busy: 0 };
                inputs++;
                if (ConvertibleViolations.Decide(conditions, faults) == ViolationOutcome.VirtualizationException != must) broken ??= Describe(conditions);
            }

        return new DecisionResult("which EPT violations become #VE", "the control 1, bit 63 0, CR0.PE 1, no delivery, the area not busy (SDM 3C 26.5.7.1)", inputs, broken);
    }

    private static string Describe(in ViolationConditions c) =>
        $"the control {Bit(c.EptViolationVe)}, bit 63 {Bit(c.SuppressVe)}, CR0.PE {Bit(c.ProtectionEnabled)}, {(c.Delivering ? "during a delivery" : "no delivery")}, busy word {c.Busy:x}H, accessed and dirty flags {Bit(c.AccessedAndDirty)}";

    private static int Bit(bool value) => value ? 1 : 0;
}
