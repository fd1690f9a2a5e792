using Iced.Intel;
using Vector20.Machine.Images.Guests;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Proving.Asking.Plans;

/// <summary>Pieces of guest code that several plans need.</summary>
internal static class GuestCode
{
    /// <summary>The base of the local APIC's page.</summary>
    public const uint ApicPage = 0xFEE0_0000;

    /// <summary>In real mode, gives DS a limit of 4 GiB by a visit to protected mode; elsewhere nothing.</summary>
    public static void ReachAllMemory(Assembler a)
    {
        if (a.Bitness != 16) return;
        a.mov(eax, cr0);
        a.or(al, 1);
        a.mov(cr0, eax);
        a.mov(bx, GuestLayout.KernelData);
        a.mov(ds, bx);
        a.and(al, 0xFE);
        a.mov(cr0, eax);
    }

    /// <summary>Writes a local APIC register through memory. The address is in EBX, the value in EAX: one instruction.</summary>
    public static void StoreApic(Assembler a) => a.mov(Dword(a), eax);

    /// <summary>Loads EBX with the address of an APIC register and EAX with a value.</summary>
    public static void PrepareStore(Assembler a, int register, uint value)
    {
        a.mov(ebx, ApicPage | (uint)register);
        a.mov(eax, value);
    }

    /// <summary>Loads ECX and EDX:EAX for WRMSR.</summary>
    public static void PrepareWrmsr(Assembler a, uint msr, ulong value)
    {
        a.mov(ecx, msr);
        a.mov(eax, (uint)value);
        a.mov(edx, (uint)(value >> 32));
    }

    private static AssemblerMemoryOperand Dword(Assembler a) => a.Bitness == 64 ? __dword_ptr[rbx] : __dword_ptr[ebx];
}
