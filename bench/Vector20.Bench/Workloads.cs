using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Bench;

/// <summary>A loop to measure: what it is made of, how many of what one iteration makes, and its code.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Unit">What is counted: instructions, INT n, page faults, ...</param>
/// <param name="PerIteration">How many of it one iteration makes.</param>
/// <param name="Count">Iterations that take an emulator about a second.</param>
/// <param name="Emit">Its code; RCX counts down to 0.</param>
internal sealed record Workload(string Name, string Unit, int PerIteration, ulong Count, Action<Assembler> Emit);

/// <summary>The workloads that every emulator runs from the same boot image.</summary>
internal static class Workloads
{
    private const int PageFaultVector = 14, VirtualizationVector = 20, TestVector = 0x40;
    private const ulong LocalApic = 0xFEE0_0000;

    public static IReadOnlyList<Workload> All { get; } =
    [
        new("arithmetic", "instructions", 10, 20_000_000, Arithmetic),
        new("memory", "instructions", 8, 20_000_000, Memory),
        new("branches", "instructions", 13, 10_000_000, Branches),
        new("calls", "instructions", 8, 10_000_000, Calls),
        new("string", "instructions", 9, 2_000_000, Strings),
        new("kernel-like", "instructions", 24, 5_000_000, KernelLike),
        new("INT n + IRET", "INT n", 1, 20_000_000, SoftwareInterrupts),
        new("page fault + IRET", "page faults", 1, 20_000_000, PageFaults),
        new("self-IPI", "IPIs", 1, 5_000_000, SelfInterrupts),
    ];

    /// <summary>CPUID always exits in VMX non-root operation.</summary>
    public static Workload VmExits { get; } = new("VM exit and entry (CPUID)", "VM exits", 1, 2_000_000, a =>
    {
        a.mov(r12, rcx);
        Label top = a.CreateLabel();
        a.Label(ref top);
        a.cpuid();
        a.dec(r12);
        a.jne(top);
    });

    /// <summary>The same with a host in machine code on the bare machine.</summary>
    public static Workload MachineHostExits { get; } = new("VM exit and entry (CPUID), the host in machine code", "VM exits", 1, 2_000_000, MachineHost.Emit);

    /// <summary>A guest whose hypervisor leaves it #VE: the handler clears the busy word and steps over the two bytes that faulted.</summary>
    public static Workload VirtualizationExceptions { get; } = new("#VE + IRET", "#VE", 1, 2_000_000, a =>
    {
        LoadTable(a, VirtualizationVector, () =>
        {
            a.mov(__dword_ptr[(long)BootImage.VirtualizationInformation + 4], 0);
            a.add(__qword_ptr[rsp], 2);
            a.iretq();
        });
        a.mov(rbx, (long)BootImage.NoMemory);
        Loop(a, () => a.mov(al, __byte_ptr[rbx]));
    });

    private static void Loop(Assembler a, Action body)
    {
        Label top = a.CreateLabel();
        a.Label(ref top);
        body();
        a.dec(rcx);
        a.jne(top);
    }

    private static void Arithmetic(Assembler a)
    {
        a.mov(rax, 1L);
        a.mov(rbx, 3L);
        Loop(a, () =>
        {
            a.add(rax, rbx);
            a.xor(rdx, rax);
            a.lea(rsi, __[rax + rdx * 2 + 7]);
            a.sub(rdi, rsi);
            a.and(r8, rdi);
            a.or(r8, rax);
            a.shl(r9, 3);
            a.imul(r10, rax);
        });
    }

    private static void Memory(Assembler a)
    {
        a.mov(rbx, (long)BootImage.Data);
        a.xor(esi, esi);
        Loop(a, () =>
        {
            a.mov(rax, __qword_ptr[rbx + rsi]);
            a.add(rax, rcx);
            a.mov(__qword_ptr[rbx + rsi + 64], rax);
            a.add(__dword_ptr[rbx + 8], 1);
            a.add(esi, 72);
            a.and(esi, 0xFFFF8);
        });
    }

    /// <summary>Two branches on the bits of a linear congruential generator: no predictor learns them.</summary>
    private static void Branches(Assembler a)
    {
        a.mov(eax, 12345);
        Loop(a, () =>
        {
            Label first = a.CreateLabel(), second = a.CreateLabel();
            a.imul(eax, eax, 1103515245);
            a.add(eax, 12345);
            a.test(eax, 0x10000);
            a.je(first);
            a.add(ebx, 1);
            a.nop();
            a.Label(ref first);
            a.test(eax, 0x200000);
            a.jne(second);
            a.add(edx, 1);
            a.nop();
            a.Label(ref second);
            a.mov(esi, eax);
            a.cmp(esi, edx);
        });
    }

    private static void Calls(Assembler a)
    {
        Label over = a.CreateLabel(), callee = a.CreateLabel();
        a.jmp(over);
        a.Label(ref callee);
        a.push(rbx);
        a.add(rax, rcx);
        a.pop(rbx);
        a.ret();
        a.Label(ref over);
        a.nop();
        Loop(a, () =>
        {
            a.call(callee);
            a.nop();
        });
    }

    /// <summary>64 bytes a move and a fill: long enough to count, short enough that the start-up of REP counts too.</summary>
    private static void Strings(Assembler a)
    {
        a.mov(r12, rcx);
        Label top = a.CreateLabel();
        a.Label(ref top);
        a.mov(rsi, (long)BootImage.Data);
        a.lea(rdi, __[rsi + 4096]);
        a.mov(ecx, 64);
        a.rep.movsb();
        a.mov(ecx, 64);
        a.rep.stosb();
        a.lodsb();
        a.dec(r12);
        a.jne(top);
    }

    /// <summary>What kernels do: a list walk, a hash, a bit test, a call through a pointer, a lock, a descriptor copied.</summary>
    private static void KernelLike(Assembler a)
    {
        Label over = a.CreateLabel(), callee = a.CreateLabel();
        a.jmp(over);
        a.Label(ref callee);
        a.push(rbp);
        a.mov(rbp, rsp);
        a.movzx(eax, __byte_ptr[rbx + 16]);
        a.@lock.xadd(__dword_ptr[rbx + 24], eax);
        a.pop(rbp);
        a.ret();
        a.Label(ref over);
        a.mov(rbx, (long)BootImage.Data);
        a.mov(__qword_ptr[rbx], rbx);
        a.lea(r13, __[callee]);
        Loop(a, () =>
        {
            Label skip = a.CreateLabel();
            a.mov(rbx, __qword_ptr[rbx]);
            a.mov(eax, ecx);
            a.imul(eax, eax, 0x61C88647);
            a.shr(eax, 20);
            a.mov(edx, __dword_ptr[rbx + rax * 4 + 64]);
            a.bt(edx, 3);
            a.jb(skip);
            a.add(__dword_ptr[rbx + rax * 4 + 64], 1);
            a.Label(ref skip);
            a.call(r13);
            a.cmp(eax, 5);
            a.setb(al);
            a.movzx(eax, al);
            a.test(rbx, rbx);
            a.cmove(rdx, rax);
            a.mov(__qword_ptr[rbx + 32], rdx);
            a.mov(rdi, __qword_ptr[rbx + 40]);
        });
    }

    private static void SoftwareInterrupts(Assembler a)
    {
        LoadTable(a, TestVector, () => a.iretq());
        Loop(a, () => a.@int(TestVector));
    }

    /// <summary>The handler steps over the two bytes of the instruction that faulted.</summary>
    private static void PageFaults(Assembler a)
    {
        LoadTable(a, PageFaultVector, () =>
        {
            a.add(rsp, 8);
            a.add(__qword_ptr[rsp], 2);
            a.iretq();
        });
        a.mov(rbx, 0x8000_0000L);
        Loop(a, () => a.mov(al, __byte_ptr[rbx]));
    }

    /// <summary>The handler counts, so that as many are delivered as asked for, however late. The 8259s, which a BIOS leaves open, are masked.</summary>
    private static void SelfInterrupts(Assembler a)
    {
        LoadTable(a, TestVector, () =>
        {
            a.mov(__dword_ptr[rbx + 0xB0], 0);
            a.dec(rcx);
            a.iretq();
        });
        a.mov(al, 0xFF);
        a.@out(0x21, al);
        a.@out(0xA1, al);
        a.mov(rbx, LocalApic);
        a.mov(__dword_ptr[rbx + 0xF0], 0x1FF);
        a.sti();
        Label top = a.CreateLabel();
        a.Label(ref top);
        a.mov(__dword_ptr[rbx + 0x300], 0x44000 | TestVector);
        a.test(rcx, rcx);
        a.jg(top);
    }

    /// <summary>An IDT whose one gate leads to a handler emitted here.</summary>
    private static void LoadTable(Assembler a, int vector, Action handler)
    {
        Label over = a.CreateLabel(), entry = a.CreateLabel();
        a.jmp(over);
        a.Label(ref entry);
        handler();
        a.Label(ref over);
        a.lea(rax, __[entry]);
        a.mov(rdi, (long)BootImage.Idt + vector * 16);
        a.mov(__word_ptr[rdi], ax);
        a.mov(__word_ptr[rdi + 2], 8);
        a.mov(__word_ptr[rdi + 4], 0x8E00);
        a.shr(rax, 16);
        a.mov(__word_ptr[rdi + 6], ax);
        a.mov(__qword_ptr[rdi + 8], 0);
        a.mov(__word_ptr[rsp - 10], 0xFFF);
        a.mov(__qword_ptr[rsp - 8], (int)BootImage.Idt);
        a.lidt(__[rsp - 10]);
    }
}
