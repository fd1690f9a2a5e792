using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Scheduling;

/// <summary>Pieces of guest code that these tests share.</summary>
internal static class GuestCode
{
    /// <summary>WRMSR.</summary>
    public static void WriteMsr(this Assembler a, uint msr, ulong value)
    {
        a.mov(ecx, msr);
        a.mov(eax, (uint)value);
        a.mov(edx, (uint)(value >> 32));
        a.wrmsr();
    }

    /// <summary>To x2APIC mode, and software-enabled.</summary>
    public static void EnableX2Apic(this Assembler a)
    {
        a.mov(ecx, 0x1Bu);
        a.rdmsr();
        a.or(eax, 0xC00);
        a.wrmsr();
        a.WriteMsr(0x80F, 0x1FF);
    }

    /// <summary>Ends the run with a status.</summary>
    public static void Exit(this Assembler a, byte code)
    {
        a.mov(al, code);
        a.@out(0xF4, al);
    }
}
