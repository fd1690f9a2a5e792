using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Cli.Tests.Tracing;

/// <summary>
/// A flat image in real mode for two processors, with something of every kind in it: exits, an exception, INT n, an IPI to itself, to the other
/// processor and from it. It ends itself through the exit port.
/// </summary>
internal static class TracedImage
{
    public const string At = "0x8000";

    /// <summary>The vectors of the IPIs: to the sender itself, to the other, and the answer.</summary>
    public const byte SelfVector = 0x40, CallVector = 0x41, AnswerVector = 0x42;

    /// <summary>A vector of INT n.</summary>
    public const byte SoftwareVector = 0x50;

    private const int Start = 0x8000, OtherStart = 0x9000, Answered = 0x7F00, Self = 1 << 18, Others = 3 << 18, Assert = 1 << 14, Init = 5 << 8, StartUp = 6 << 8;
    private const uint ApicBase = 0x1B, Spurious = 0x80F, EndOfInterrupt = 0x80B, Command = 0x830, FeatureControl = 0x3A;

    /// <summary>The image.</summary>
    public static byte[] Make()
    {
        byte[] image = new byte[OtherStart - Start + 0x400];
        Assemble(Start, First).CopyTo(image, 0);
        Assemble(OtherStart, Other).CopyTo(image, OtherStart - Start);
        return image;
    }

    /// <summary>Twice: the first time to find where the handlers come to lie, which the code then writes to the vector table.</summary>
    private static byte[] Assemble(ulong at, Func<Assembler, ushort[], Label[]> write)
    {
        ushort[] handlers = new ushort[4];
        byte[] code = [];
        for (int pass = 0; pass < 2; pass++)
        {
            var a = new Assembler(16);
            Label[] labels = write(a, handlers);
            var stream = new MemoryStream();
            AssemblerResult result = a.Assemble(new StreamCodeWriter(stream), at, BlockEncoderOptions.ReturnNewInstructionOffsets);
            handlers = [.. labels.Select(label => (ushort)result.GetLabelRIP(label))];
            code = stream.ToArray();
        }

        return code;
    }

    private static Label[] First(Assembler a, ushort[] handlers)
    {
        Label handler = a.CreateLabel(), skip = a.CreateLabel(), answer = a.CreateLabel(), plain = a.CreateLabel(), wait = a.CreateLabel();
        SetUp(a, 0x7000);
        SetVector(a, 13, handlers[0]);
        SetVector(a, SoftwareVector, handlers[1]);
        SetVector(a, SelfVector, handlers[2]);
        SetVector(a, AnswerVector, handlers[3]);
        EnableX2Apic(a);
        a.sti();
        a.cpuid();
        a.@int(SoftwareVector);
        WriteMsr(a, FeatureControl, -1);
        Send(a, Self | Assert | SelfVector);
        Send(a, Others | Assert | Init);
        Send(a, Others | Assert | StartUp | OtherStart >> 12);
        a.Label(ref wait);
        a.pause();
        a.cmp(__word_ptr[Answered], 0);
        a.je(wait);
        a.mov(dx, 0xF4);
        a.@out(dx, al);
        a.hlt();
        a.Label(ref answer);
        a.mov(__word_ptr[Answered], 1);
        a.Label(ref handler);
        WriteMsr(a, EndOfInterrupt, 0);
        a.Label(ref plain);
        a.iret();
        a.Label(ref skip);
        a.mov(bp, sp);
        a.add(__word_ptr[bp], 2);
        a.iret();
        return [skip, plain, handler, answer];
    }

    /// <summary>The other processor halts, is woken by the IPI that it sends itself, and answers.</summary>
    private static Label[] Other(Assembler a, ushort[] handlers)
    {
        Label handler = a.CreateLabel(), wait = a.CreateLabel();
        SetUp(a, 0x6000);
        SetVector(a, CallVector, handlers[0]);
        EnableX2Apic(a);
        Send(a, Self | Assert | CallVector);
        a.sti();
        a.Label(ref wait);
        a.hlt();
        a.jmp(wait);
        a.Label(ref handler);
        WriteMsr(a, EndOfInterrupt, 0);
        Send(a, Others | Assert | AnswerVector);
        a.iret();
        return [handler];
    }

    private static void SetUp(Assembler a, short stack)
    {
        a.xor(ax, ax);
        a.mov(ds, ax);
        a.mov(ss, ax);
        a.mov(sp, stack);
    }

    /// <summary>The segment is 0, on the other processor too, which starts with CS 900H.</summary>
    private static void SetVector(Assembler a, int vector, ushort handler)
    {
        a.mov(__word_ptr[vector * 4], (short)handler);
        a.mov(__word_ptr[vector * 4 + 2], 0);
    }

    private static void EnableX2Apic(Assembler a)
    {
        a.mov(ecx, ApicBase);
        a.rdmsr();
        a.or(eax, 0xC00);
        a.wrmsr();
        WriteMsr(a, Spurious, 0x1FF);
    }

    private static void Send(Assembler a, int command) => WriteMsr(a, Command, command);

    private static void WriteMsr(Assembler a, uint msr, int value)
    {
        a.mov(ecx, msr);
        a.mov(eax, value);
        a.xor(edx, edx);
        a.wrmsr();
    }
}
