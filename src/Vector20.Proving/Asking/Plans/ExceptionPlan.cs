using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Proving.Questions;
using Vector20.Proving.Worlds;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Proving.Asking.Plans;

/// <summary>The guest executes code that causes an exception, by the exception's own rule.</summary>
internal static class ExceptionPlan
{
    private const uint AbsentPage = GuestLayout.Data + 0x9000, SegmentEnd = 0xFFFF;
    private const ulong AbsentData = 0x00CF_1200_0000_FFFF, ShortTss = 0x0000_8900_0000_0010 | (ulong)GuestLayout.Tss << 16;

    public static Plan Make(ExceptionVector exception, QuestionOptions options)
    {
        bool real = options.CpuMode == CpuMode.Real;
        return exception switch
        {
            ExceptionVector.DivideError => Simple(a => a.xor(ecx, ecx), a => a.div(ecx), "division by 0"),
            ExceptionVector.Debug => Simple(SetTrapFlag, PopFlags, "RFLAGS.TF <- 1: the next instruction traps"),
            ExceptionVector.Breakpoint => InstructionPlan.Make(EventInstruction.Int3),
            ExceptionVector.Overflow => InstructionPlan.Make(EventInstruction.Into),
            ExceptionVector.BoundRange => InstructionPlan.Make(EventInstruction.Bound),
            ExceptionVector.InvalidOpcode => InstructionPlan.Make(EventInstruction.Ud2),
            ExceptionVector.DeviceNotAvailable => NotAvailable(real),
            ExceptionVector.DoubleFault => real ? RealDoubleFault() : DoubleFault(),
            ExceptionVector.InvalidTss => options.CpuMode == CpuMode.Protected ? TaskSwitchToShortTss() : StackTableBeyondTss(),
            ExceptionVector.SegmentNotPresent => LoadsSegment(options, stack: false),
            ExceptionVector.StackFault => real ? BeyondLimit(stack: true) : LoadsSegment(options, stack: true),
            ExceptionVector.GeneralProtection => real ? BeyondLimit(stack: false) : Simple(a => a.mov(ax, 0xFFF8), a => a.mov(es, ax), "a selector beyond the GDT"),
            ExceptionVector.PageFault => PageFault(),
            ExceptionVector.FloatingPoint => Simple(FloatingPointPieces.DivideByZero, a => a.wait(), "FWAIT after an x87 division by 0, which the control word does not mask"),
            ExceptionVector.SimdFloatingPoint => SimdFloatingPoint(),
            _ => Misaligned(),
        };
    }

    private static Plan Simple(Action<Assembler> prepare, Action<Assembler> act, string what) =>
        new() { Prepare = prepare, Act = act, Describe = _ => what };

    private static void SetTrapFlag(Assembler a)
    {
        if (a.Bitness == 64)
        {
            a.pushfq();
            a.or(__dword_ptr[rsp], Eflags.TF);
        }
        else
        {
            a.pushfd();
            a.mov(eax, esp);
            a.or(__dword_ptr.ss[eax], Eflags.TF);
        }
    }

    private static void PopFlags(Assembler a)
    {
        if (a.Bitness == 64) a.popfq();
        else a.popfd();
        a.nop();
    }

    private static Plan NotAvailable(bool real) => new()
    {
        Shape = builder => Privileged.Install(builder, a => Privileged.SetCr0(a, (uint)Cr0.TS)),
        Prepare = Privileged.Call,
        Act = a => a.db(0xD9, 0xD0),
        Describe = _ => "an x87 instruction while CR0.TS is 1",
    };

    private static Plan SimdFloatingPoint() => new()
    {
        Shape = builder => Privileged.Install(builder, a => Privileged.SetCr4(a, FloatingPointPieces.Simd)),
        Prepare = a =>
        {
            Privileged.Call(a);
            FloatingPointPieces.PrepareSimd(a);
        },
        Act = a => a.divss(xmm1, xmm0),
        Describe = _ => "DIVSS by 0, which MXCSR does not mask",
    };

    /// <summary>#GP, whose gate is not present: #NP in its delivery makes #DF.</summary>
    private static Plan DoubleFault() => new()
    {
        Shape = builder => builder.Gate((int)ExceptionVector.GeneralProtection, new GuestGate { Present = false }),
        Prepare = a => a.mov(ax, 0xFFF8),
        Act = a => a.mov(es, ax),
        Describe = _ => "a selector beyond the GDT, while the gate of #GP is not present",
    };

    /// <summary>#GP beyond the limit of the vector table, which ends with vector 8.</summary>
    private static Plan RealDoubleFault() => new()
    {
        Furnish = stage => stage.Computer.Memory.Write(new PhysicalAddress(GuestLayout.Stacks + 0x3000), [8 * 4 + 3, 0, 0, 0, 0, 0]),
        Prepare = a =>
        {
            a.lidt(__[0x3000]);
            a.mov(ebx, SegmentEnd);
        },
        Act = a => a.mov(ax, __word_ptr[ebx]),
        Describe = _ => "a word beyond the segment's limit, while the vector table ends with vector 8",
    };

    private static Plan TaskSwitchToShortTss() => new()
    {
        Shape = builder => builder.Descriptor(GuestLayout.FreeSelector, ShortTss | 3ul << 45),
        Act = a => a.db(0xEA, 0, 0, 0, 0, unchecked((byte)GuestLayout.FreeSelector), GuestLayout.FreeSelector >> 8),
        Describe = _ => "a task switch to a TSS that is too short",
    };

    /// <summary>A gate with an interrupt stack, which the TSS is too short to name.</summary>
    private static Plan StackTableBeyondTss() => new()
    {
        Shape = builder =>
        {
            builder.Descriptor(GuestLayout.FreeSelector, ShortTss).Descriptor(GuestLayout.FreeSelector + 8, 0).Gate(32, new GuestGate { Ist = 1 });
            Privileged.Install(builder, a =>
            {
                a.mov(ax, GuestLayout.FreeSelector);
                a.ltr(ax);
            });
        },
        Prepare = Privileged.Call,
        Act = a => a.@int(32),
        Describe = _ => "INT 32 through a gate whose interrupt stack lies beyond the TSS's limit",
    };

    /// <summary>A data segment that is not present: #SS in SS, #NP elsewhere.</summary>
    private static Plan LoadsSegment(QuestionOptions options, bool stack) => new()
    {
        Shape = builder => builder.Descriptor(GuestLayout.FreeSelector, AbsentData | (ulong)options.Cpl << 45),
        Prepare = a => a.mov(ax, (ushort)(GuestLayout.FreeSelector | options.Cpl)),
        Act = a =>
        {
            if (stack) a.mov(ss, ax);
            else a.mov(es, ax);
        },
        Describe = _ => $"{(stack ? "SS" : "ES")} <- a segment that is not present",
    };

    /// <summary>Real-address mode: a word across the end of a segment.</summary>
    private static Plan BeyondLimit(bool stack) => new()
    {
        Prepare = a => a.mov(ebx, SegmentEnd),
        Act = a =>
        {
            if (stack) a.mov(ax, __word_ptr.ss[ebx]);
            else a.mov(ax, __word_ptr[ebx]);
        },
        Describe = _ => "a word beyond the segment's limit",
    };

    private static Plan PageFault() => new()
    {
        Shape = builder => builder.Page(AbsentPage, 0),
        Prepare = a => a.mov(ebx, AbsentPage),
        Act = a =>
        {
            if (a.Bitness == 64) a.mov(al, __[rbx]);
            else a.mov(al, __[ebx]);
        },
        Describe = _ => $"reads 0x{AbsentPage:x}, which is not present",
    };

    private static Plan Misaligned() => new()
    {
        Shape = builder => Privileged.Install(builder, a => Privileged.SetCr0(a, (uint)Cr0.AM)),
        Prepare = a =>
        {
            Privileged.Call(a);
            a.mov(ebx, GuestLayout.Data + 1);
            if (a.Bitness == 64)
            {
                a.pushfq();
                a.or(__dword_ptr[rsp], Eflags.AC);
                a.popfq();
            }
            else
            {
                a.pushfd();
                a.or(__dword_ptr[esp], Eflags.AC);
                a.popfd();
            }
        },
        Act = a =>
        {
            if (a.Bitness == 64) a.mov(eax, __dword_ptr[rbx]);
            else a.mov(eax, __dword_ptr[ebx]);
        },
        Describe = _ => "a doubleword at an odd address, with CR0.AM and RFLAGS.AC 1",
    };
}
