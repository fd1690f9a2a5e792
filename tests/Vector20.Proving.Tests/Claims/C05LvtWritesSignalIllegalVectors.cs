using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Proving.Answers;
using Vector20.Proving.Questions;
using static Vector20.Proving.Tests.Claims.Circumstances;

namespace Vector20.Proving.Tests.Claims;

/// <summary>C5: writing an LVT entry with fixed delivery and vector 0-15 may signal an illegal vector at once: masked or not, with or without an input.</summary>
[Manual("3A", "11.5.2", "Valid Interrupt Vectors")]
public class C05LvtWritesSignalIllegalVectors
{
    private const uint Receive = (uint)ErrorStatus.ReceiveIllegalVector;

    [Theory, MemberData(nameof(Everywhere), MemberType = typeof(Circumstances))]
    public void Every_entry_signals_when_it_is_written_masked(CpuMode mode, VirtualApicMode? apic)
    {
        foreach (LvtEntry entry in Enum.GetValues<LvtEntry>()) Assert.Equal(Receive, Errors(entry, 5, masked: true, In(mode, apic)));
    }

    [Theory, MemberData(nameof(Everywhere), MemberType = typeof(Circumstances))]
    public void And_when_it_is_written_unmasked(CpuMode mode, VirtualApicMode? apic)
    {
        foreach (int vector in (int[])[0, 15]) Assert.Equal(Receive, Errors(LvtEntry.Timer, vector, masked: false, In(mode, apic)));
    }

    [Fact]
    public void It_is_signalled_at_once_before_there_is_any_input()
    {
        using var pool = new Machine.Memory.FramePool();
        using var computer = new Computer(new ComputerOptions { MemorySize = 1 << 20 }, pool);
        LocalApic apic = computer.Processors[0].Apic;
        apic.Write((int)ApicRegister.LvtThermal, 4, 5 | LocalVector.Mask);
        Assert.Equal(ErrorStatus.ReceiveIllegalVector, apic.DetectedErrors);
    }

    [Theory, MemberData(nameof(Everywhere), MemberType = typeof(Circumstances))]
    public void Vectors_from_16_on_signal_nothing(CpuMode mode, VirtualApicMode? apic) => Assert.Equal(0u, Errors(LvtEntry.Timer, 16, masked: true, In(mode, apic)));

    [Theory, MemberData(nameof(BareApics), MemberType = typeof(Circumstances))]
    public void Control_an_apic_that_accepts_illegal_vectors_signals_nothing(CpuMode mode, VirtualApicMode? apic) =>
        Assert.Equal(0u, Errors(LvtEntry.Timer, 5, masked: true, In(mode, apic, HardwareFaults.ApicAcceptsIllegalVectors)));

    private static uint Errors(LvtEntry entry, int vector, bool masked, QuestionOptions options)
    {
        Answer answer = Ask(new LvtSource(entry, (byte)vector, LvtMode.Fixed, masked), options);
        uint reserved = entry == LvtEntry.Error ? (uint)ErrorStatus.IllegalRegisterAddress : 0;
        return answer.ErrorStatus[0] & ~reserved;
    }
}
