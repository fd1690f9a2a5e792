using Iced.Intel;
using Vector20.Machine.Apic;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Proving.Questions;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Proving.Worlds;

/// <summary>
/// The handlers of a world's guest. Each ends the interrupt in service, puts back the tables that the code before it may have replaced, and returns by IRET,
/// which unblocks NMIs, to where it waits with interrupts on. The frame that it was entered with is never read.
/// </summary>
internal sealed class WorldHandlers(WorldOptions options)
{
    private const uint IdleCode = GuestLayout.Data + 0xF000, RealIdleOffset = 0x6F80;
    private const uint Tables = GuestLayout.Data + 0x7100, RealTables = GuestLayout.Handlers + 0x6F90;
    private Label _ends, _waits;

    /// <summary>Where a handler waits: the instruction pointer.</summary>
    public static ulong IdleAddress(CpuMode mode) => mode == CpuMode.Real ? RealIdleOffset : IdleCode;

    /// <summary>Puts the code that waits, and the operands of LIDT and LGDT, where handlers find them.</summary>
    public static void WriteIdle(PhysicalMemory memory, CpuMode mode)
    {
        memory.Write(new PhysicalAddress(mode == CpuMode.Real ? GuestLayout.Handlers + RealIdleOffset : IdleCode), [0xF4, 0xEB, 0xFD]);
        uint tables = mode == CpuMode.Real ? RealTables : Tables;
        ushort idtLimit = mode switch { CpuMode.Real => 0x3FF, CpuMode.Protected => 0x7FF, _ => 0xFFF };
        memory.Write(new PhysicalAddress(tables), idtLimit);
        memory.Write(new PhysicalAddress(tables + 2), mode == CpuMode.Real ? 0ul : GuestLayout.Idt);
        memory.Write(new PhysicalAddress(tables + 16), (ushort)(GuestLayout.GdtLength - 1));
        memory.Write(new PhysicalAddress(tables + 18), (ulong)GuestLayout.Gdt);
    }

    /// <summary>What writes the handler of a vector. The first one written holds what all share.</summary>
    public Action<Assembler> Writer(byte vector) => vector switch
    {
        0x82 => Prepare,
        TouchPieces.LoadIdtVector => a => Load(a, idt: true),
        TouchPieces.LoadGdtVector => a => Load(a, idt: false),
        _ => a => Enter(a, vector),
    };

    private void Enter(Assembler a, byte vector)
    {
        bool first = _ends.IsEmpty;
        if (first)
        {
            _ends = a.CreateLabel();
            _waits = a.CreateLabel();
        }

        if (vector >= 16 && vector != WorldGuest.ReturnVector)
        {
            a.jmp(_ends);
            if (!first) return;
        }
        else
        {
            a.jmp(_waits);
            if (!first) return;
        }

        a.Label(ref _ends);
        EndOfInterrupt(a);
        a.Label(ref _waits);
        Wait(a);
    }

    private void EndOfInterrupt(Assembler a)
    {
        if (options.X2Apic)
        {
            a.mov(ecx, 0x80B);
            a.xor(eax, eax);
            a.xor(edx, edx);
            a.wrmsr();
            return;
        }

        Pieces.ReachAllMemory(a, eax, ebx);
        if (a.Bitness == 32) DataSegment(a);
        a.mov(ebx, 0xFEE0_0000 | (uint)ApicRegister.EndOfInterrupt);
        a.xor(eax, eax);
        Pieces.Store(a, rbx, ebx, eax);
    }

    private static void DataSegment(Assembler a)
    {
        a.mov(eax, GuestLayout.KernelData);
        a.mov(ds, ax);
        a.mov(es, ax);
    }

    private static void Wait(Assembler a)
    {
        if (a.Bitness == 16) WaitInRealMode(a);
        else if (a.Bitness == 32) Wait32(a);
        else Wait64(a);
    }

    private static void Wait64(Assembler a)
    {
        a.lidt(__[Tables]);
        a.lgdt(__[Tables + 16]);
        StackTop(a);
        a.mov(ecx, GuestLayout.KernelData);
        a.mov(ds, ecx);
        a.mov(es, ecx);
        a.mov(ss, ecx);
        a.mov(rsp, rax);
        a.push(rcx);
        a.push(rax);
        a.push(0x202);
        a.push(GuestLayout.KernelCode);
        a.push((int)IdleCode);
        a.iretq();
    }

    private static void Wait32(Assembler a)
    {
        DataSegment(a);
        a.lidt(__[Tables]);
        a.lgdt(__[Tables + 16]);
        StackTop(a);
        a.mov(ecx, GuestLayout.KernelData);
        a.mov(ss, cx);
        a.mov(esp, eax);
        a.push(0x202);
        a.push(GuestLayout.KernelCode);
        a.push((int)IdleCode);
        a.iretd();
    }

    /// <summary>Each processor has a task state segment, whose selector says which processor it is.</summary>
    private static void StackTop(Assembler a)
    {
        a.xor(eax, eax);
        a.str(ax);
        a.sub(eax, GuestLayout.TssSelector);
        a.shl(eax, 10);
        a.add(eax, GuestLayout.Stacks + 0x1000);
    }

    private static void WaitInRealMode(Assembler a)
    {
        a.mov(ax, (ushort)(GuestLayout.Handlers >> 4));
        a.mov(ds, ax);
        a.lidt(__[(int)(RealTables - GuestLayout.Handlers)]);
        a.mov(ax, (ushort)(GuestLayout.Stacks >> 4));
        a.mov(ss, ax);
        a.mov(ds, ax);
        a.mov(es, ax);
        a.mov(sp, 0x1000);
        a.push(0x202);
        a.push((short)(GuestLayout.Handlers >> 4));
        a.push((short)RealIdleOffset);
        a.iret();
    }

    /// <summary>At the start: local APIC on, in the mode asked for. Then it waits.</summary>
    private void Prepare(Assembler a)
    {
        if (options.X2Apic)
        {
            a.mov(ecx, 0x1B);
            a.rdmsr();
            a.or(eax, 0xC00);
            a.wrmsr();
            a.mov(ecx, 0x80F);
            a.xor(edx, edx);
            a.mov(eax, 0x1FF);
            a.wrmsr();
        }
        else
        {
            Pieces.ReachAllMemory(a, eax, ebx);
            if (a.Bitness == 32) DataSegment(a);
            a.mov(ebx, 0xFEE0_0000 | (uint)ApicRegister.SpuriousInterruptVector);
            a.mov(eax, 0x1FF);
            Pieces.Store(a, rbx, ebx, eax);
        }

        Wait(a);
    }

    /// <summary>Loads IDTR or GDTR with the table in the page at EBX.</summary>
    private void Load(Assembler a, bool idt)
    {
        if (a.Bitness == 16) LoadInRealMode(a);
        else if (a.Bitness == 32) Load32(a, idt);
        else Load64(a, idt);
    }

    /// <summary>The operand is built on the stack, which is the processor's own.</summary>
    private static void Load64(Assembler a, bool idt)
    {
        a.sub(rsp, 16);
        a.mov(__word_ptr[rsp], LimitOf(idt));
        if (!idt) a.add(rbx, (int)TestPages.Gdt);
        a.mov(__qword_ptr[rsp + 2], rbx);
        if (idt) a.lidt(__[rsp]);
        else a.lgdt(__[rsp]);
        a.add(rsp, 16);
        a.iretq();
    }

    private static void Load32(Assembler a, bool idt)
    {
        a.sub(esp, 8);
        a.mov(__word_ptr[esp], LimitOf(idt));
        if (!idt) a.add(ebx, (int)TestPages.Gdt);
        a.mov(__dword_ptr[esp + 2], ebx);
        if (idt) a.lidt(__[esp]);
        else a.lgdt(__[esp]);
        a.add(esp, 8);
        a.iretd();
    }

    private static void LoadInRealMode(Assembler a)
    {
        const int Operand = (int)(RealTables - GuestLayout.Handlers) + 32;
        a.mov(__word_ptr.cs[Operand], 0x3FF);
        a.mov(__dword_ptr.cs[Operand + 2], ebx);
        a.db(0x2E, 0x66, 0x0F, 0x01, 0x1E, Operand & 0xFF, Operand >> 8);
        a.iret();
    }

    /// <summary>A page has room for the first 128 gates, or for the whole descriptor table.</summary>
    private static short LimitOf(bool idt) => idt ? (short)0x7FF : (short)(GuestLayout.GdtLength - 1);
}
