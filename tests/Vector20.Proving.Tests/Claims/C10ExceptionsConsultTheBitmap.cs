using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Machine.Events;
using Vector20.Proving.Answers;
using Vector20.Proving.Asking;
using Vector20.Proving.Questions;
using static Vector20.Proving.Tests.Claims.Circumstances;

namespace Vector20.Proving.Tests.Claims;

/// <summary>
/// C10: exceptions consult the bitmap: bit = vector 0-31 (with #PF also filtered by the error-code mask and match); INT1 (F1), INT3 (CC), INTO,
/// BOUND, UD0, UD1, UD2 raise exceptions; INT 1 as CD 01 and INT 3 as CD 03 do not. With the bit clear the guest's IDT gets it.
/// </summary>
[Manual("3C", "25.6.3", "Exception Bitmap")]
[Manual("3C", "26.2", "Other Causes of VM Exits")]
public class C10ExceptionsConsultTheBitmap
{
    private static readonly (EventInstruction Instruction, int Vector)[] s_instructions =
    [
        (EventInstruction.Int1, 1), (EventInstruction.Int3, 3), (EventInstruction.Into, 4), (EventInstruction.Bound, 5),
        (EventInstruction.Ud0, 6), (EventInstruction.Ud1, 6), (EventInstruction.Ud2, 6),
    ];

    [Theory, MemberData(nameof(Modes), MemberType = typeof(Circumstances))]
    [Manual("3A", "6.4.2", "Software-Generated Exceptions")]
    public void An_instruction_that_raises_an_exception_exits_if_and_only_if_its_bit_is_set(CpuMode mode)
    {
        foreach ((EventInstruction instruction, int vector) in s_instructions)
        {
            int raised = mode == CpuMode.Long && vector is 4 or 5 && mode == CpuMode.Long ? (int)ExceptionVector.InvalidOpcode : vector;
            ExitsByItsBitAlone(new InstructionSource(instruction), raised, mode, 0);
        }
    }

    [Theory, MemberData(nameof(Modes), MemberType = typeof(Circumstances))]
    public void Every_exception_that_code_can_cause_exits_if_and_only_if_its_bit_is_set(CpuMode mode)
    {
        foreach (ExceptionVector exception in Enum.GetValues<ExceptionVector>())
        {
            foreach (int cpl in mode == CpuMode.Real ? (int[])[0] : [0, 3])
            {
                var question = new Question(new ExceptionSource(exception), In(mode, VirtualApicMode.Emulated, bitmap: 0, cpl: cpl));
                if (Refusals.Of(question) is null) ExitsByItsBitAlone(question.Source, (int)exception, mode, cpl);
            }
        }
    }

    [Theory, MemberData(nameof(Modes), MemberType = typeof(Circumstances))]
    public void Int_1_as_CD_01_and_int_3_as_CD_03_do_not_exit(CpuMode mode)
    {
        foreach (int n in (int[])[1, 3])
        {
            Answer answer = Ask(new IntSource((byte)n), In(mode, VirtualApicMode.Emulated, bitmap: 1u << n));
            Assert.Equal(0, ExceptionExits(answer));
            Assert.Equal([n], answer.Handlers);
        }
    }

    [Theory, MemberData(nameof(Modes), MemberType = typeof(Circumstances))]
    public void Control_silicon_whose_bitmap_sees_int_n_does_exit(CpuMode mode) =>
        Assert.Equal(1, ExceptionExits(Ask(new IntSource(3), In(mode, VirtualApicMode.Emulated, HardwareFaults.BitmapSeesIntN, bitmap: 1u << 3))));

    /// <summary>The guest reads a page that is not present: error code 0, or 4 at CPL 3.</summary>
    [Theory]
    [InlineData(true, 0u, 0u, true)]
    [InlineData(true, 1u, 1u, false)]
    [InlineData(true, 1u, 0u, true)]
    [InlineData(false, 0u, 0u, false)]
    [InlineData(false, 1u, 1u, true)]
    public void A_page_fault_is_also_filtered_by_mask_and_match(bool bit, uint mask, uint match, bool exits)
    {
        Question question = new(new ExceptionSource(ExceptionVector.PageFault), In(CpuMode.Long, VirtualApicMode.Emulated, bitmap: bit ? 1u << 14 : 0));
        Plan plan = PlanOf.Question(question);
        using var stage = new Stage(question.Options, plan);
        stage.Vm!.Vcpus[0].Vmcs[Machine.Vmx.VmcsField.PageFaultErrorCodeMask] = mask;
        stage.Vm.Vcpus[0].Vmcs[Machine.Vmx.VmcsField.PageFaultErrorCodeMatch] = match;
        stage.RunToEnd();
        Assert.Equal(exits ? 1 : 0, stage.Vm.Exits[Machine.Vmx.ExitReason.ExceptionOrNmi]);
        Assert.Equal([14], stage.Guest.Log.Select(h => (int)h.Vector));
    }

    private static void ExitsByItsBitAlone(Source source, int vector, CpuMode mode, int cpl)
    {
        foreach (bool set in (bool[])[true, false])
        {
            Answer answer = Ask(source, In(mode, VirtualApicMode.Emulated, bitmap: set ? 1u << vector : ~(1u << vector) & (vector == 8 ? ~(1u << 13 | 1u << 11) : uint.MaxValue), cpl: cpl));
            Assert.Equal(set ? 1 : 0, ExceptionExits(answer));
            Assert.Equal([vector], answer.Handlers);
        }
    }
}
