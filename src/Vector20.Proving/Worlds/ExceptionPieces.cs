using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using Vector20.Proving.Questions;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Proving.Worlds;

/// <summary>Code that raises an exception: by being what it is, or by what it does.</summary>
internal static class ExceptionPieces
{
    /// <summary>A page that the guest's tables do not map, and descriptors of its own.</summary>
    public const uint AbsentPage = GuestLayout.Data + 0x9000;
    public const ushort AbsentSegment = GuestLayout.FreeSelector, ShortTask = GuestLayout.FreeSelector + 8;

    /// <summary>Six bytes that load an interrupt table which ends before vector 13, and one with no vector at all.</summary>
    public const uint ShortTable = GuestLayout.Data + 0x7000, NoTable = ShortTable + 16;

    public static IEnumerable<CodePiece> All()
    {
        static bool Not64(CpuMode mode, int cpl) => mode != CpuMode.Long;
        static bool Kernel(CpuMode mode, int cpl) => cpl == 0;
        static bool Segments(CpuMode mode, int cpl) => mode != CpuMode.Real;
        yield return Pieces.Bytes("int1", CodeGroup.Exception, [0xF1]);
        yield return Pieces.Bytes("int3", CodeGroup.Exception, [0xCC]);
        yield return new("into", CodeGroup.Exception, (a, c) =>
        {
            a.mov(al, 0x7F);
            a.add(al, 1);
            c.Act();
            a.db(0xCE);
        });
        yield return new("bound", CodeGroup.Exception, (a, c) =>
        {
            a.mov(eax, 5);
            a.mov(ebx, a.Bitness == 16 ? 0x3000u : GuestLayout.Data);
            c.Act();
            a.db(a.Bitness == 16 ? [0x66, 0x67, 0x62, 0x03] : [0x62, 0x03]);
        }, Not64);
        yield return Pieces.Bytes("ud0", CodeGroup.Exception, [0x0F, 0xFF, 0xC0]);
        yield return Pieces.Bytes("ud1", CodeGroup.Exception, [0x0F, 0xB9, 0xC0]);
        yield return Pieces.Plain("ud2", CodeGroup.Exception, a => a.ud2());
        yield return new("divide-error", CodeGroup.Exception, (a, c) =>
        {
            a.xor(ecx, ecx);
            c.Act();
            a.div(ecx);
        });
        yield return new("single-step", CodeGroup.Exception, SingleStep);
        yield return Absent("general-protection", 0xFFF8, stack: false, Segments);
        yield return Absent("segment-not-present", AbsentSegment, stack: false, Segments);
        yield return Absent("stack-fault", AbsentSegment, stack: true, Segments);
        yield return new("page-fault", CodeGroup.Exception, (a, c) =>
        {
            a.mov(ebx, AbsentPage);
            c.Act();
            a.mov(al, a.Bitness == 64 ? __[rbx] : __[ebx]);
        }, Segments);
        yield return new("beyond-limit", CodeGroup.Exception, (a, c) =>
        {
            a.mov(ebx, 0xFFFF);
            c.Act();
            a.mov(ax, __word_ptr[ebx]);
        }, (mode, _) => mode == CpuMode.Real);
        yield return new("double-fault", CodeGroup.Exception, (a, c) => ShortenTable(a, c, ShortTable), (mode, cpl) => Segments(mode, cpl) && Kernel(mode, cpl));
        yield return new("triple-fault", CodeGroup.Exception, (a, c) => ShortenTable(a, c, NoTable), (mode, cpl) => Segments(mode, cpl) && Kernel(mode, cpl));
        yield return new("alignment-check", CodeGroup.Exception, Misaligned, (_, cpl) => cpl == 3);
        yield return new("invalid-tss", CodeGroup.Exception, (a, c) =>
        {
            c.Act();
            a.db(0xEA, 0, 0, 0, 0, unchecked((byte)ShortTask), ShortTask >> 8);
        }, (mode, _) => mode == CpuMode.Protected);
    }

    private static CodePiece Absent(string name, ushort selector, bool stack, Func<CpuMode, int, bool> exists) => new(name, CodeGroup.Exception, (a, c) =>
    {
        a.mov(ax, (ushort)(selector | c.Cpl));
        c.Act();
        if (stack) a.mov(ss, ax);
        else a.mov(es, ax);
    }, exists);

    private static void SingleStep(Assembler a, CodeContext c)
    {
        if (a.Bitness == 64)
        {
            a.pushfq();
            a.or(__dword_ptr[rsp], Eflags.TF);
            c.Act();
            a.popfq();
        }
        else
        {
            a.pushfd();
            a.mov(eax, esp);
            a.or(__dword_ptr.ss[eax], Eflags.TF);
            c.Act();
            a.popfd();
        }

        a.nop();
    }

    /// <summary>#GP beyond the table's limit: #GP again makes #DF, and where there is no vector 8 either, a shutdown.</summary>
    private static void ShortenTable(Assembler a, CodeContext c, uint table)
    {
        a.mov(ebx, table);
        if (a.Bitness == 64) a.lidt(__[rbx]);
        else a.lidt(__[ebx]);
        a.mov(ax, 0xFFF8);
        c.Act();
        a.mov(es, ax);
    }

    private static void Misaligned(Assembler a, CodeContext c)
    {
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

        c.Act();
        a.mov(eax, a.Bitness == 64 ? __dword_ptr[rbx] : __dword_ptr[ebx]);
    }
}
