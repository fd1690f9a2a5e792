using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Proving.Questions;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Proving.Asking.Plans;

/// <summary>The guest executes an instruction whose purpose is to raise an event.</summary>
internal static class InstructionPlan
{
    /// <summary>INT n as CD ib, whatever n is: assemblers like to shorten INT 3 and INT 1.</summary>
    public static Plan Int(byte vector) => new()
    {
        Act = a => a.db(0xCD, vector),
        Describe = _ => $"n = {vector}, as CD {vector:X2}: a software interrupt",
    };

    public static Plan Make(EventInstruction instruction) => new()
    {
        Prepare = a => Prepare(a, instruction),
        Act = a => Act(a, instruction),
        Furnish = stage => Furnish(stage, instruction),
        Describe = stage => stage.Options.CpuMode == CpuMode.Long && instruction is EventInstruction.Into or EventInstruction.Bound
            ? "no instruction in 64-bit mode: the exception #UD" : Describe(instruction),
    };

    private static void Prepare(Assembler a, EventInstruction instruction)
    {
        switch (instruction)
        {
            case EventInstruction.Into:
                a.mov(al, 0x7F);
                a.add(al, 1);
                break;
            case EventInstruction.Bound:
                a.mov(eax, 5);
                a.mov(ebx, BoundsAddress(a));
                break;
        }
    }

    private static void Act(Assembler a, EventInstruction instruction)
    {
        switch (instruction)
        {
            case EventInstruction.Int1:
                a.db(0xF1);
                break;
            case EventInstruction.Int3:
                a.int3();
                break;
            case EventInstruction.Into:
                a.db(0xCE);
                break;
            case EventInstruction.Bound:
                if (a.Bitness == 16) a.db(0x66, 0x67, 0x62, 0x03);
                else a.db(0x62, 0x03);
                break;
            case EventInstruction.Ud0:
                a.db(0x0F, 0xFF, 0xC0);
                break;
            case EventInstruction.Ud1:
                a.db(0x0F, 0xB9, 0xC0);
                break;
            default:
                a.ud2();
                break;
        }
    }

    /// <summary>Bounds 0 to 4, for the index 5.</summary>
    private static void Furnish(Stage stage, EventInstruction instruction)
    {
        if (instruction != EventInstruction.Bound) return;
        ulong address = stage.Options.CpuMode == CpuMode.Real ? GuestLayout.Stacks + RealModeBounds : GuestLayout.Data;
        stage.Computer.Memory.Write(new Vector20.Machine.Memory.PhysicalAddress(address), 4ul << 32);
    }

    private const uint RealModeBounds = 0x3000;

    /// <summary>In real mode DS is the stacks' segment.</summary>
    private static uint BoundsAddress(Assembler a) => a.Bitness == 16 ? RealModeBounds : GuestLayout.Data;

    private static string Describe(EventInstruction instruction) => instruction switch
    {
        EventInstruction.Int1 => "F1: the privileged software exception #DB",
        EventInstruction.Int3 => "CC: the software exception #BP",
        EventInstruction.Into => "CE with OF = 1: the software exception #OF",
        EventInstruction.Bound => "index 5 outside 0-4: the exception #BR",
        EventInstruction.Ud0 => "0F FF: the exception #UD",
        EventInstruction.Ud1 => "0F B9: the exception #UD",
        _ => "0F 0B: the exception #UD",
    };
}
