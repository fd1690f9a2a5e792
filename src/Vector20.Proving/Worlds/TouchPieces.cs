using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Proving.Questions;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Proving.Worlds;

/// <summary>Accesses to a test page. EBX is given: the page's linear address, or the address behind the page table in it.</summary>
internal static class TouchPieces
{
    /// <summary>The privileged preparations behind these vectors load a table register with what lies in the page at EBX.</summary>
    public const byte LoadIdtVector = 0x83, LoadGdtVector = 0x84;

    /// <summary>The vector whose gate has the interrupt stack that lies in page 0 (IA-32e mode).</summary>
    public const byte StackVector = 0x90;

    public static IEnumerable<CodePiece> All()
    {
        yield return Access("read", a => a.mov(eax, Data(a)));
        yield return Access("write", a => a.mov(Data(a), ecx));
        yield return Access("modify", a => a.@lock.or(Data(a), ecx));
        yield return new("fetch", CodeGroup.Touch, (a, c) =>
        {
            a.add(ebx, TestPages.Code);
            c.Act();
            if (a.Bitness == 64) a.jmp(rbx);
            else a.jmp(ebx);
        }, (mode, _) => mode != CpuMode.Real);
        yield return Access("walk", a => a.mov(eax, a.Bitness == 64 ? __dword_ptr[rbx] : __dword_ptr[ebx]), (mode, _) => mode != CpuMode.Real);
        yield return Access("walk-write", a => a.mov(a.Bitness == 64 ? __dword_ptr[rbx] : __dword_ptr[ebx], ecx), (mode, _) => mode != CpuMode.Real);
        yield return new("event-stack", CodeGroup.Touch, (a, c) =>
        {
            if (a.Bitness == 64) a.lea(rsp, __[rbx + 0x1000]);
            else a.lea(esp, __[ebx + 0x1000]);
            c.Act();
            a.int3();
        }, (mode, cpl) => cpl == 0 && mode != CpuMode.Real);
        yield return Pieces.Plain("event-interrupt-stack", CodeGroup.Touch, a => a.@int(StackVector), (mode, _) => mode is CpuMode.Long or CpuMode.Compat);
        yield return Table("event-idt", LoadIdtVector, (_, _) => true);
        yield return Table("event-gdt", LoadGdtVector, (mode, _) => mode != CpuMode.Real);
    }

    /// <summary>The data word of the page at EBX.</summary>
    private static AssemblerMemoryOperand Data(Assembler a) => a.Bitness == 64 ? __dword_ptr[rbx + TestPages.Data] : __dword_ptr[ebx + TestPages.Data];

    private static CodePiece Access(string name, Action<Assembler> write, Func<CpuMode, int, bool>? exists = null) => new(name, CodeGroup.Touch, (a, c) =>
    {
        Pieces.ReachAllMemory(a, ebx, ecx);
        a.mov(ecx, 0x5A5A_5A5A);
        c.Act();
        write(a);
    }, exists);

    private static CodePiece Table(string name, byte loader, Func<CpuMode, int, bool> exists) => new(name, CodeGroup.Touch, (a, c) =>
    {
        a.@int(loader);
        c.Act();
        a.@int(TestPages.GateVector);
    }, exists);
}
