using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Tests.Native;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Translation;

/// <summary>
/// A 64-bit program of valid instructions in any order, chunk after chunk for ever: some access memory that is not there, and their handler goes on with the
/// next chunk. Branches inside a chunk go forward.
/// </summary>
internal sealed class RandomProgram(int seed, IReadOnlyList<Form> forms)
{
    private const int Chunks = 24, InstructionsInChunk = 12;
    private const long Next = GuestLayout.Data + 0xFFF8, Pages = GuestLayout.Data;

    private Random _random = new(seed);

    /// <summary>The forms that a program may be made of: no branches, no memory beside RIP, and no POPF, for a program that single-steps is never translated.</summary>
    public static List<Form> Forms(int seed) =>
        [.. new FormGenerator(new Random(seed), 64).Generate().Where(form => !form.Instruction.IsInvalid && !Mnemonics.IsBranch(form.Instruction.Mnemonic) && form.Instruction.Mnemonic is not (Mnemonic.Popfq or Mnemonic.Popf) && !form.Instruction.IsIPRelativeMemoryOperand)];

    /// <summary>Labels of the chunks.</summary>
    public List<Label> Starts { get; } = [];

    /// <summary>The program, with its handlers.</summary>
    public GuestBuilder Build(int cpl)
    {
        GuestBuilder builder = new GuestBuilder(GuestMode.Long, cpl).Code(Write);
        for (int vector = 0; vector < 32; vector++) builder.OwnHandler(vector, GoOn).Gate(vector, new GuestGate { Ist = 1 });
        return builder;

        void GoOn(Assembler a)
        {
            a.mov(rsp, (long)GuestLayout.StartStack(0) - 0x100);
            a.pushfq();
            a.and(__qword_ptr[rsp], ~0x4_0100);
            a.popfq();
            a.jmp(__qword_ptr[Next]);
        }
    }

    private void Write(Assembler a)
    {
        _random = new Random(seed);
        Label first = a.CreateLabel();
        Starts.Clear();
        for (int chunk = 0; chunk < Chunks; chunk++) Starts.Add(chunk == 0 ? first : a.CreateLabel());
        for (int chunk = 0; chunk < Chunks; chunk++)
        {
            Label start = Starts[chunk];
            a.Label(ref start);
            Starts[chunk] = start;
            WriteChunk(a, Starts[(chunk + 1) % Chunks]);
        }

        a.jmp(Starts[0]);
    }

    private void WriteChunk(Assembler a, Label next)
    {
        a.mov(rsp, (long)GuestLayout.StartStack(0) - 0x100);
        a.push(rax);
        a.lea(rax, __[next]);
        a.mov(__qword_ptr[Next], rax);
        a.pop(rax);
        for (int i = 0; i < InstructionsInChunk; i++)
        {
            Label over = a.CreateLabel();
            bool branch = _random.Next(4) == 0;
            if (branch) WriteBranch(a, over);
            for (int count = _random.Next(1, 4); count > 0; count--) WriteForm(a, forms[_random.Next(forms.Count)]);
            if (branch) a.Label(ref over);
            if (branch) a.nop();
        }
    }

    private void WriteBranch(Assembler a, Label over)
    {
        Action<Label>[] branches = [a.jo, a.jno, a.jb, a.jae, a.je, a.jne, a.jbe, a.ja, a.js, a.jns, a.jp, a.jnp, a.jl, a.jge, a.jle, a.jg, a.jmp];
        branches[_random.Next(branches.Length)](over);
    }

    /// <summary>Most memory operands get an address in the data pages, some of them across two.</summary>
    private void WriteForm(Assembler a, Form form)
    {
        Instruction i = form.Instruction;
        if (i.MemoryBase.IsGPR64() && i.MemoryBase != Register.RSP && _random.Next(8) != 0)
        {
            if (i.MemoryIndex.IsGPR64()) a.mov(new AssemblerRegister64(i.MemoryIndex), 0L);
            long address = Pages + _random.Next(0x3000) & (_random.Next(2) == 0 ? ~7L : ~0L);
            a.mov(new AssemblerRegister64(i.MemoryBase), address - (long)i.MemoryDisplacement64);
        }

        if (i.IsStringInstruction)
        {
            a.mov(ecx, _random.Next(4));
            a.mov(rsi, Pages + 0x800);
            a.mov(rdi, Pages + 0xFFC);
        }

        a.db(form.Bytes);
    }
}
