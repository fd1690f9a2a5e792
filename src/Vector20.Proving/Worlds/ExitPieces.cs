using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Proving.Questions;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Proving.Worlds;

/// <summary>Instructions that cause VM exits, always or by a control.</summary>
internal static class ExitPieces
{
    private static bool Kernel(CpuMode mode, int cpl) => cpl == 0;

    public static IEnumerable<CodePiece> All() => [.. Everywhere(), .. AtKernel(), .. OfVmx()];

    private static IEnumerable<CodePiece> Everywhere()
    {
        yield return new("cpuid", CodeGroup.Exit, (a, c) =>
        {
            a.xor(eax, eax);
            c.Act();
            a.cpuid();
        });
        yield return Pieces.Plain("pause", CodeGroup.Exit, a => a.pause());
        yield return Pieces.Plain("rdtsc", CodeGroup.Exit, a => a.rdtsc());
        yield return Pieces.Plain("rdpmc", CodeGroup.Exit, a => a.rdpmc());
        yield return Pieces.Plain("vmcall", CodeGroup.Exit, a => a.vmcall());
        yield return Pieces.Plain("rdrand", CodeGroup.Exit, a => a.rdrand(eax));
        yield return new("in", CodeGroup.Exit, (a, c) =>
        {
            a.mov(dx, 0x3F8);
            c.Act();
            a.@in(al, dx);
        });
        yield return new("out", CodeGroup.Exit, (a, c) =>
        {
            a.mov(dx, 0x80);
            c.Act();
            a.@out(dx, al);
        });
        yield return new("ins", CodeGroup.Exit, (a, c) =>
        {
            a.mov(edi, a.Bitness == 16 ? 0x3100u : GuestLayout.Data + 0x100);
            a.mov(dx, 0x80);
            a.mov(ecx, 2);
            c.Act();
            a.rep.insb();
        });
    }

    private static IEnumerable<CodePiece> AtKernel()
    {
        yield return Cr("mov-cr0", a => Through(a, cr0));
        yield return Cr("mov-cr3", a => Through(a, cr3));
        yield return Cr("mov-cr4", a => Through(a, cr4));
        yield return Cr("clts", a => a.clts());
        yield return Cr("smsw-lmsw", a =>
        {
            a.smsw(ax);
            a.lmsw(ax);
        });
        yield return Cr("mov-dr", a =>
        {
            if (a.Bitness == 64) a.mov(rax, dr7);
            else a.mov(eax, dr7);
        });
        yield return new("xsetbv", CodeGroup.Exit, (a, c) =>
        {
            a.xor(ecx, ecx);
            a.xor(edx, edx);
            a.mov(eax, 1);
            SetOsXsave(a);
            a.mov(eax, 1);
            c.Act();
            a.xsetbv();
        }, Kernel);
        yield return Cr("wbinvd", a => a.wbinvd());
        yield return Cr("invd", a => a.invd());
        yield return Cr("invlpg", a => a.invlpg(a.Bitness == 64 ? __byte_ptr[rbx] : __byte_ptr[ebx]));
        yield return Cr("monitor-mwait", a =>
        {
            a.monitor();
            a.mwait();
        });
    }

    /// <summary>The guest has no VMX: each is #UD.</summary>
    private static IEnumerable<CodePiece> OfVmx()
    {
        yield return Pieces.Bytes("vmlaunch", CodeGroup.Exit, [0x0F, 0x01, 0xC2]);
        yield return Pieces.Bytes("vmresume", CodeGroup.Exit, [0x0F, 0x01, 0xC3]);
        yield return Pieces.Bytes("vmxoff", CodeGroup.Exit, [0x0F, 0x01, 0xC4]);
        yield return Pieces.Bytes("vmfunc", CodeGroup.Exit, [0x0F, 0x01, 0xD4]);
        yield return Pieces.Bytes("rsm", CodeGroup.Exit, [0x0F, 0xAA]);
    }

    private static CodePiece Cr(string name, Action<Assembler> write) => Pieces.Plain(name, CodeGroup.Exit, write, Kernel);

    private static void Through(Assembler a, AssemblerRegisterCR register)
    {
        if (a.Bitness == 64)
        {
            a.mov(rax, register);
            a.mov(register, rax);
        }
        else
        {
            a.mov(eax, register);
            a.mov(register, eax);
        }
    }

    private static void SetOsXsave(Assembler a)
    {
        const int OsXsave = 1 << 18;
        if (a.Bitness == 64)
        {
            a.mov(rax, cr4);
            a.or(eax, OsXsave);
            a.mov(cr4, rax);
        }
        else
        {
            a.mov(eax, cr4);
            a.or(eax, OsXsave);
            a.mov(cr4, eax);
        }
    }
}
