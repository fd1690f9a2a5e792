using System.Runtime.InteropServices;
using Iced.Intel;
using Vector20.Machine.Processors;
using Register = Iced.Intel.Register;

namespace Vector20.Machine.Tests.Native;

/// <summary>
/// Draws the state an instruction begins in: registers and flags at random, with many values from the edges, and addresses that mostly reach the data
/// page's window, sometimes unmapped memory, read-only memory, the end of the page, or no canonical address.
/// </summary>
internal sealed class CaseGenerator(Random random)
{
    private const int Rax = 0, Rcx = 1, Rdx = 2, Rsp = 4, Rbp = 5, Rsi = 6, Rdi = 7;
    private static readonly ulong[] s_edges =
    [
        0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000,
        0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, ulong.MaxValue,
    ];

    public void Fill(ref MachineState state, Form form)
    {
        Instruction i = form.Instruction;
        random.NextBytes(MemoryMarshal.AsBytes(Words(ref state)));
        for (int r = 0; r < 16; r++) state.Registers[r] = Value();
        uint flags = (uint)random.Next() & Eflags.Status;
        state.Rflags = flags | Eflags.IF | Eflags.AlwaysOne | (random.Next(4) == 0 ? Eflags.DF : 0);
        state.Registers[Rsp] = Layout.Data + Layout.Window + 64 + (ulong)random.Next(6) * 8;
        if (Mnemonics.IsBranch(i.Mnemonic)) FillWithTargets(ref state);
        if (i.Mnemonic is Mnemonic.Div or Mnemonic.Idiv && random.Next(4) != 0) MakeQuotientSmall(ref state);
        if (i.Mnemonic is Mnemonic.Bt or Mnemonic.Bts or Mnemonic.Btr or Mnemonic.Btc && i.Op1Kind == OpKind.Register && i.Op0Kind == OpKind.Memory)
            state.Registers[i.Op1Register.GetFullRegister().GetNumber()] = (ulong)random.Next(-256, 256);
        if (i.Mnemonic is Mnemonic.Enter or Mnemonic.Leave) state.Registers[Rbp] = Layout.Data + Layout.Window + (ulong)random.Next(64, 100);
        if (i.IsStringInstruction) PointStrings(ref state, i);
        if (i.Op0Kind is OpKind.MemorySegRDI or OpKind.MemorySegEDI or OpKind.MemorySegDI && !i.IsStringInstruction) state.Registers[Rdi] = Address(aligned: false);
        PlaceAddress(ref state, i);
        if (form.Bits == 32)
            for (int r = 0; r < 16; r++) state.Registers[r] = r < 8 ? (uint)state.Registers[r] : 0;
        if (i.Mnemonic is Mnemonic.Cmpxchg or Mnemonic.Cmpxchg8b or Mnemonic.Cmpxchg16b && random.Next(2) == 0) MakeEqual(ref state, i, form.Bits == 64 ? ulong.MaxValue : uint.MaxValue);
    }

    private static Span<ulong> Words(ref MachineState state) => MemoryMarshal.Cast<byte, ulong>(MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref state.Window, 1)));

    private ulong Value() => random.Next(4) switch
    {
        0 => s_edges[random.Next(s_edges.Length)],
        1 => (ulong)random.Next(-70, 70),
        2 => 1ul << random.Next(64),
        _ => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
    };

    private ulong Target() => Layout.CodePage + (ulong)random.Next(0x700);

    /// <summary>Wherever a branch finds its target it is in the code page, but not at the instruction itself.</summary>
    private void FillWithTargets(ref MachineState state)
    {
        ulong target = Target();
        Words(ref state).Fill(target);
        for (int r = 0; r < 16; r++)
            if (r is not (Rsp or Rcx)) state.Registers[r] = Target();
        if (random.Next(2) == 0) state.Registers[Rcx] = Target();
    }

    private void MakeQuotientSmall(ref MachineState state)
    {
        ulong sign = (ulong)((long)state.Registers[Rax] >> 63);
        state.Registers[Rdx] = random.Next(3) switch { 0 => 0ul, 1 => sign, _ => (uint)random.Next(100) };
        if (random.Next(2) == 0) state.Registers[Rax] = state.Registers[Rax] & ~0xFF00ul | (uint)random.Next(3) << 8;
    }

    /// <summary>At most one of two different pointers is bad (all 16-bit ones are): which of two operands CMPS reads first is no one's promise.</summary>
    private void PointStrings(ref MachineState state, in Instruction i)
    {
        state.Registers[Rsi] = Address(aligned: false) | Above32(i);
        state.Registers[Rdi] = (random.Next(2) == 0 ? InWindow(aligned: false) : state.Registers[Rsi]) | Above32(i);
        if (random.Next(2) == 0) (state.Registers[Rsi], state.Registers[Rdi]) = (state.Registers[Rdi], state.Registers[Rsi]);
        if (i.Op0Kind == OpKind.MemorySegSI) state.Registers[Rdi] = state.Registers[Rsi];
        state.Registers[Rcx] = (uint)random.Next(12) | Above32(i);
        if (random.Next(3) == 0) MemoryMarshal.AsBytes(Words(ref state)).Fill((byte)state.Registers[Rax]);
    }

    /// <summary>With 32-bit addresses the upper half of a register must not matter.</summary>
    private ulong Above32(in Instruction i)
    {
        bool narrow = i.Op0Kind is OpKind.MemorySegESI or OpKind.MemoryESEDI || i.Op1Kind is OpKind.MemorySegESI or OpKind.MemoryESEDI;
        return narrow && random.Next(2) == 0 ? (ulong)random.Next() << 32 : 0;
    }

    private ulong Address(bool aligned) => random.Next(40) switch
    {
        0 => Layout.Unmapped + (ulong)random.Next(0x1000),
        1 => Layout.ReadOnly + (ulong)random.Next(0xFC0),
        2 => Layout.Data + Layout.PageSize - (ulong)random.Next(1, 9),
        3 => 0x8000_0000_0000_0000 | (uint)random.Next(),
        _ => InWindow(aligned),
    };

    private ulong InWindow(bool aligned) => Layout.Data + Layout.Window + 16 + (aligned ? (ulong)random.Next(4) * 16 : (ulong)random.Next(64));

    /// <summary>Sets base and index of the memory operand so that it lies at a chosen address.</summary>
    private void PlaceAddress(ref MachineState state, in Instruction i)
    {
        if (i.Op0Kind != OpKind.Memory && i.Op1Kind != OpKind.Memory && i.Op2Kind != OpKind.Memory) return;
        if (i.MemoryBase is Register.None or Register.RIP or Register.EIP) return;
        bool branch = Mnemonics.IsBranch(i.Mnemonic), aligned = branch || (i.Mnemonic == Mnemonic.Cmpxchg16b || i.MemorySize.GetSize() >= 16) && random.Next(5) != 0;
        ulong address = branch ? InWindow(aligned) : Address(aligned), index = 0;
        if (i.MemoryIndex == Register.AL) index = state.Registers[Rax] & 0xFF;
        else if (i.MemoryIndex != Register.None && !i.IsVsib)
        {
            state.Registers[i.MemoryIndex.GetFullRegister().GetNumber()] = (ulong)random.Next(-20, 20);
            index = state.Registers[i.MemoryIndex.GetFullRegister().GetNumber()] * (ulong)i.MemoryIndexScale;
        }

        ulong start = address - index - i.MemoryDisplacement64;
        if (i.MemoryBase.GetSize() == 4) start = (uint)start | (ulong)random.Next() << 32;
        state.Registers[i.MemoryBase.GetFullRegister().GetNumber()] = start;
    }

    /// <summary>Makes the comparison of CMPXCHG and its kin succeed.</summary>
    private static void MakeEqual(ref MachineState state, in Instruction i, ulong mask)
    {
        if (i.Op0Kind == OpKind.Register) state.Registers[Rax] = state.Registers[i.Op0Register.GetFullRegister().GetNumber()];
        else
        {
            Span<ulong> words = Words(ref state);
            bool pair = i.Mnemonic == Mnemonic.Cmpxchg8b;
            ulong low = (pair ? (uint)words[0] : words[0]), high = pair ? words[0] >> 32 : words[0];
            words.Fill(words[0]);
            if (i.MemoryBase is not (Register.RAX or Register.EAX) && i.MemoryIndex is not (Register.RAX or Register.EAX)) state.Registers[Rax] = low & mask;
            if (i.MemoryBase is not (Register.RDX or Register.EDX) && i.MemoryIndex is not (Register.RDX or Register.EDX)) state.Registers[Rdx] = high & mask;
        }
    }
}
