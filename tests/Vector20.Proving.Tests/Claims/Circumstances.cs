using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Proving.Answers;
using Vector20.Proving.Asking;
using Vector20.Proving.Questions;

namespace Vector20.Proving.Tests.Claims;

/// <summary>The circumstances that a claim is checked in, and how its questions are put.</summary>
internal static class Circumstances
{
    /// <summary>Every CPU mode with every way to have a local APIC: the bare machine's, and a guest's three.</summary>
    public static TheoryData<CpuMode, VirtualApicMode?> Everywhere { get; } = Cross(Enum.GetValues<CpuMode>(), [null, VirtualApicMode.Bare, VirtualApicMode.Emulated, VirtualApicMode.Apicv]);

    /// <summary>Every CPU mode.</summary>
    public static TheoryData<CpuMode> Modes { get; } = [.. Enum.GetValues<CpuMode>()];

    /// <summary>The circumstances in which the silicon's own APIC serves the guest.</summary>
    public static TheoryData<CpuMode, VirtualApicMode?> BareApics { get; } = Cross(Enum.GetValues<CpuMode>(), [null, VirtualApicMode.Bare]);

    /// <summary>Options with an APIC; null: the bare machine.</summary>
    public static QuestionOptions In(CpuMode mode, VirtualApicMode? apic, HardwareFaults faults = 0, uint? bitmap = null, HypervisorBugs bugs = 0, int cpl = 0) => new()
    {
        CpuMode = mode,
        Cpl = cpl,
        Apic = apic,
        Hypervisor = apic is null ? HypervisorChoice.None : HypervisorChoice.Builtin,
        HardwareFaults = faults,
        HypervisorBugs = bugs,
        ExceptionBitmap = bitmap,
    };

    /// <summary>The answer; a refusal fails the test.</summary>
    public static Answer Ask(Source source, QuestionOptions options)
    {
        Asked asked = Vector20.Proving.Asking.Asking.Ask(new Question(source, options));
        Assert.Null(asked.Refusal);
        return asked.Answer!;
    }

    /// <summary>An IPI with fixed delivery to the sender itself.</summary>
    public static IpiSource SelfIpi(int vector, bool x2Apic = false) => new((byte)vector, IpiMode.Fixed, new IpiTarget(IpiAudience.Self), x2Apic);

    /// <summary>How many VM exits for exceptions and NMIs there were.</summary>
    public static long ExceptionExits(Answer answer) => answer.Exits.Where(e => e.Reason == 0).Sum(e => e.Count);

    private static TheoryData<CpuMode, VirtualApicMode?> Cross(CpuMode[] modes, VirtualApicMode?[] apics)
    {
        var data = new TheoryData<CpuMode, VirtualApicMode?>();
        foreach (CpuMode mode in modes)
            foreach (VirtualApicMode? apic in apics) data.Add(mode, apic);
        return data;
    }
}
