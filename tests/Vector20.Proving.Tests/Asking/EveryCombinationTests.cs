using Vector20.Hypervisor;
using Vector20.Machine.Events;
using Vector20.Proving.Answers;
using Vector20.Proving.Asking;
using Vector20.Proving.Questions;

namespace Vector20.Proving.Tests.Asking;

/// <summary>Every source with every option works or is refused with a reason of one line.</summary>
[Trait("Speed", "Slow")]
public class EveryCombinationTests
{
    public static TheoryData<CpuMode, int, VirtualApicMode?, VeCheck> Circumstances
    {
        get
        {
            var data = new TheoryData<CpuMode, int, VirtualApicMode?, VeCheck>();
            foreach (CpuMode mode in Enum.GetValues<CpuMode>())
                foreach (int cpl in (int[])[0, 3])
                    foreach (VirtualApicMode? apic in (VirtualApicMode?[])[null, VirtualApicMode.Bare, VirtualApicMode.Emulated, VirtualApicMode.Apicv])
                        foreach (VeCheck check in Enum.GetValues<VeCheck>()) data.Add(mode, cpl, apic, check);
            return data;
        }
    }

    [Theory, MemberData(nameof(Circumstances))]
    public void It_is_decided_or_refused(CpuMode mode, int cpl, VirtualApicMode? apic, VeCheck check)
    {
        var options = new QuestionOptions
        {
            CpuMode = mode,
            Cpl = cpl,
            Apic = apic,
            VeCheck = check,
            Hypervisor = apic is null ? HypervisorChoice.None : HypervisorChoice.Builtin,
        };
        foreach (Source source in check == VeCheck.Kill ? Sources() : Touches(plain: true))
        {
            if (source is TouchSource && apic is VirtualApicMode.Bare or VirtualApicMode.Apicv) continue;
            Asked asked = Vector20.Proving.Asking.Asking.Ask(new Question(source, options));
            if (asked.Refusal is { } refusal) Assert.DoesNotContain('\n', refusal);
            else Assert.True(asked.Answer!.Good && asked.Answer.Path.Count > 0 && IsExpected(source, asked.Answer), $"{source}: {asked.Answer.Verdict} {asked.Answer.Why}");
        }
    }

    /// <summary>Only what the hypervisor cannot emulate stops a VM: a fetch or an event's delivery by way of MMIO, and an entry that is nobody's.</summary>
    private static bool IsExpected(Source source, Answer answer)
    {
        if (answer.Verdict is Verdict.Undecided or Verdict.GuestReceivedVe) return false;
        return answer.Verdict != Verdict.Stopped || source is TouchSource { Entry: TouchedEntry.Mmio or TouchedEntry.Misconfigured or TouchedEntry.ReadOnly };
    }

    private static IEnumerable<Source> Sources()
    {
        foreach (IpiMode mode in Enum.GetValues<IpiMode>())
            foreach (IpiTarget to in (IpiTarget[])[new(IpiAudience.Self), new(IpiAudience.All), new(IpiAudience.Others), new(IpiAudience.Id, 1), new(IpiAudience.Id, 200)])
                foreach (bool x2 in (bool[])[false, true]) yield return new IpiSource(mode == IpiMode.Sipi ? (byte)0x90 : (byte)40, mode, to, x2);
        foreach (EventInstruction instruction in Enum.GetValues<EventInstruction>()) yield return new InstructionSource(instruction);
        foreach (ExceptionVector exception in Enum.GetValues<ExceptionVector>()) yield return new ExceptionSource(exception);
        yield return new IntSource(200);
        yield return new NmiSource();
        foreach (LvtEntry entry in Enum.GetValues<LvtEntry>())
            foreach (LvtMode mode in Enum.GetValues<LvtMode>())
                foreach (bool masked in (bool[])[false, true]) yield return new LvtSource(entry, 40, mode, masked);
        foreach (Source touch in Touches(plain: false)) yield return touch;
    }

    /// <summary>Every entry touched in every way; plain: with accessed and dirty flags as they are, the area free.</summary>
    private static IEnumerable<Source> Touches(bool plain)
    {
        foreach (TouchedEntry entry in Enum.GetValues<TouchedEntry>())
            foreach (TouchAccess access in Enum.GetValues<TouchAccess>())
                foreach (bool? ad in plain ? (bool?[])[null] : [null, false, true])
                    foreach (bool busy in plain ? (bool[])[false] : [false, true]) yield return new TouchSource(entry, access, null, ad, busy);
    }
}
