using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Proving.Questions;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Proving.Worlds;

/// <summary>What pieces of guest code are written with.</summary>
internal static class Pieces
{
    /// <summary>A piece that acts with its first instruction.</summary>
    public static CodePiece Plain(string name, CodeGroup group, Action<Assembler> write, Func<CpuMode, int, bool>? exists = null) => new(name, group, (a, c) =>
    {
        c.Act();
        write(a);
    }, exists);

    /// <summary>A piece whose bytes the assembler does not write.</summary>
    public static CodePiece Bytes(string name, CodeGroup group, byte[] bytes, Func<CpuMode, int, bool>? exists = null) =>
        Plain(name, group, a => a.db(bytes), exists);

    /// <summary>In real mode, gives DS a limit of 4 GiB by a visit to protected mode. Two registers keep their values meanwhile.</summary>
    public static void ReachAllMemory(Assembler a, AssemblerRegister32 first, AssemblerRegister32 second)
    {
        if (a.Bitness != 16) return;
        a.push(first);
        a.push(second);
        a.mov(eax, cr0);
        a.or(al, 1);
        a.mov(cr0, eax);
        a.mov(bx, GuestLayout.KernelData);
        a.mov(ds, bx);
        a.and(al, 0xFE);
        a.mov(cr0, eax);
        a.pop(second);
        a.pop(first);
    }

    /// <summary>Stores a doubleword at an address in a register.</summary>
    public static void Store(Assembler a, AssemblerRegister64 wide, AssemblerRegister32 narrow, AssemblerRegister32 value) =>
        a.mov(a.Bitness == 64 ? __dword_ptr[wide] : __dword_ptr[narrow], value);
}
