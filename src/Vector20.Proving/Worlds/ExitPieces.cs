using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using Vector20.Proving.Asking.Plans;
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
        yield return new("outs", CodeGroup.Exit, (a, c) =>
        {
            a.mov(esi, a.Bitness == 16 ? 0x3100u : GuestLayout.Data + 0x100);
            a.mov(dx, 0x80);
            a.mov(ecx, 2);
            c.Act();
            a.rep.outsb();
        });
        yield return Pieces.Plain("rdtscp", CodeGroup.Exit, a => a.rdtscp());
        yield return Pieces.Plain("rdseed", CodeGroup.Exit, a => a.rdseed(eax));
        yield return Pieces.Plain("sgdt", CodeGroup.Exit, a => StoreTable(a, a.sgdt));
        yield return Pieces.Plain("sidt", CodeGroup.Exit, a => StoreTable(a, a.sidt));
        yield return Pieces.Plain("sldt", CodeGroup.Exit, a => a.sldt(ax));
        yield return Pieces.Plain("str", CodeGroup.Exit, a => a.str(ax));
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
            Privileged.SetCr4(a, (uint)Cr4.OSXSAVE);
            a.mov(eax, 1);
            c.Act();
            a.xsetbv();
        }, Kernel);
        yield return Cr("mov-cr8", a => Through(a, cr8), (mode, cpl) => mode == CpuMode.Long && cpl == 0);
        yield return Cr("lgdt", a => ReloadTable(a, a.sgdt, a.lgdt));
        yield return Cr("lidt", a => ReloadTable(a, a.sidt, a.lidt));
        yield return Cr("lldt", a =>
        {
            a.xor(eax, eax);
            a.lldt(ax);
        });
        yield return Msr("msr-feature-control", 0x3A);
        yield return Msr("msr-apic-base", 0x1B);
        yield return Msr("msr-pat", 0x277);
        yield return Msr("msr-efer", 0xC000_0080);
        yield return Msr("msr-sysenter", 0x174);
        yield return Msr("msr-of-vmx", 0x480);
        yield return Msr("msr-unknown", 0x1234_5678);
        yield return Cr("invpcid", a =>
        {
            a.mov(ebx, a.Bitness == 16 ? 0x3100u : GuestLayout.Data + 0x100);
            a.mov(eax, 2);
            if (a.Bitness == 64) a.invpcid(rax, __xmmword_ptr[rbx]);
            else a.invpcid(eax, __xmmword_ptr[ebx]);
        });
        yield return Cr("wbnoinvd", a => a.wbnoinvd());
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
        yield return Pieces.Bytes("vmxon", CodeGroup.Exit, [0xF3, 0x0F, 0xC7, 0x37]);
        yield return Pieces.Bytes("vmclear", CodeGroup.Exit, [0x66, 0x0F, 0xC7, 0x37]);
        yield return Pieces.Bytes("vmptrld", CodeGroup.Exit, [0x0F, 0xC7, 0x37]);
        yield return Pieces.Bytes("vmptrst", CodeGroup.Exit, [0x0F, 0xC7, 0x3F]);
        yield return Pieces.Bytes("vmread", CodeGroup.Exit, [0x0F, 0x78, 0xC0]);
        yield return Pieces.Bytes("vmwrite", CodeGroup.Exit, [0x0F, 0x79, 0xC0]);
        yield return Pieces.Bytes("invept", CodeGroup.Exit, [0x66, 0x0F, 0x38, 0x80, 0x07]);
        yield return Pieces.Bytes("invvpid", CodeGroup.Exit, [0x66, 0x0F, 0x38, 0x81, 0x07]);
        yield return Pieces.Bytes("getsec", CodeGroup.Exit, [0x0F, 0x37]);
        yield return Pieces.Bytes("encls", CodeGroup.Exit, [0x0F, 0x01, 0xCF]);
        yield return Pieces.Bytes("xsaves", CodeGroup.Exit, [0x0F, 0xC7, 0x2F]);
        yield return Pieces.Bytes("xrstors", CodeGroup.Exit, [0x0F, 0xC7, 0x1F]);
        yield return Pieces.Bytes("rsm", CodeGroup.Exit, [0x0F, 0xAA]);
    }

    private static CodePiece Cr(string name, Action<Assembler> write, Func<CpuMode, int, bool>? exists = null) => Pieces.Plain(name, CodeGroup.Exit, write, exists ?? Kernel);

    /// <summary>Reads an MSR and writes what was read. Where it may not be read, the guest gets #GP.</summary>
    private static CodePiece Msr(string name, uint number) => new(name, CodeGroup.Exit, (a, c) =>
    {
        a.mov(ecx, number);
        c.Act();
        a.rdmsr();
        a.wrmsr();
    }, Kernel);

    private static void StoreTable(Assembler a, Action<AssemblerMemoryOperand> store)
    {
        a.mov(ebx, a.Bitness == 16 ? 0x3100u : GuestLayout.Data + 0x100);
        store(a.Bitness == 64 ? __[rbx] : __[ebx]);
    }

    private static void ReloadTable(Assembler a, Action<AssemblerMemoryOperand> store, Action<AssemblerMemoryOperand> load)
    {
        StoreTable(a, store);
        load(a.Bitness == 64 ? __[rbx] : __[ebx]);
    }

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
}
