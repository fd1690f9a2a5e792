using Iced.Intel;
using Vector20.Machine.Images.Guests;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Proving.Asking.Plans;

/// <summary>Preparations for which the guest must be at CPL 0: a handler of its own behind INT 80H makes them at any CPL.</summary>
internal static class Privileged
{
    private const byte Vector = 0x80;

    /// <summary>Puts the handler into the guest.</summary>
    /// <param name="builder">The guest.</param>
    /// <param name="write">The code, in the width of handlers.</param>
    public static void Install(GuestBuilder builder, Action<Assembler> write) => builder.OwnHandler(Vector, a =>
    {
        write(a);
        if (a.Bitness == 64) a.iretq();
        else if (a.Bitness == 32) a.iretd();
        else a.iret();
    });

    /// <summary>Calls it.</summary>
    public static void Call(Assembler a) => a.@int(Vector);

    /// <summary>Sets bits of CR0.</summary>
    public static void SetCr0(Assembler a, uint bits) => Set(a, cr0, bits);

    /// <summary>Sets bits of CR4.</summary>
    public static void SetCr4(Assembler a, uint bits) => Set(a, cr4, bits);

    private static void Set(Assembler a, AssemblerRegisterCR register, uint bits)
    {
        if (a.Bitness == 64)
        {
            a.mov(rax, register);
            a.or(eax, bits);
            a.mov(register, rax);
        }
        else
        {
            a.mov(eax, register);
            a.or(eax, bits);
            a.mov(register, eax);
        }
    }
}
