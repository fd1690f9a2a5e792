using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Processors.Translation;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Translation;

/// <summary>An instruction that the CPU model lacks is #UD (SDM 3A 6.15, Interrupt 6—Invalid Opcode Exception) however often it has executed.</summary>
[Manual("2A", "3.3", "BZHI—Zero High Bits Starting with Specified Bit Position")]
[Manual("2A", "3.3", "CMOVcc—Conditional Move")]
public class AbsentFeatureTests
{
    private const int Times = 6;

    public static TheoryData<CpuFeature, string> Instructions => new() { { CpuFeature.Bmi2, "shlx" }, { CpuFeature.Bmi2, "bzhi" }, { CpuFeature.Cmov, "cmove" } };

    [Theory, MemberData(nameof(Instructions))]
    public void An_instruction_of_a_feature_that_the_model_lacks_is_undefined_in_translated_code(CpuFeature feature, string instruction)
    {
        Assert.Equal(Times, Undefined(CpuModel.Default.With("without", feature, false), instruction));
        Assert.Equal(0, Undefined(CpuModel.Default, instruction));
    }

    /// <summary>How many of the instruction's executions in a loop were #UD. The handler skips it: it is five bytes long, with its NOPs.</summary>
    private static int Undefined(CpuModel model, string instruction)
    {
        using Guest guest = new GuestBuilder(GuestMode.Long).Code(a =>
        {
            Label loop = a.CreateLabel();
            a.mov(r15d, 0);
            a.mov(ecx, Times);
            a.Label(ref loop);
            Write(a, instruction);
            a.dec(ecx);
            a.jne(loop);
        }).OwnHandler(6, a =>
        {
            a.inc(r15d);
            a.add(__qword_ptr[rsp], 5);
            a.iretq();
        }).Load(new ComputerOptions { MemorySize = 4 << 20, Model = model, Translation = new TranslationOptions(1, AtOnce: true) });
        guest.Run(1000);
        Assert.True(guest.Finished);
        return (int)guest.Processor[15];
    }

    private static void Write(Assembler a, string instruction)
    {
        switch (instruction)
        {
            case "shlx":
                a.shlx(eax, ebx, esi);
                break;
            case "bzhi":
                a.bzhi(eax, ebx, esi);
                break;
            default:
                a.cmove(eax, ebx);
                a.nop();
                a.nop();
                break;
        }
    }
}
