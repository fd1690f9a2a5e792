namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>A 64-bit value in EDX:EAX, where RDMSR, RDTSC, XGETBV and their like have it. Writing clears the upper halves.</summary>
internal static class SplitRegisters
{
    public static ulong Get(Processor p) => (ulong)p.Get<uint>(Register.Rdx) << 32 | p.Get<uint>(Register.Rax);

    public static void Set(Processor p, ulong value)
    {
        p.Set(Register.Rax, (uint)value);
        p.Set(Register.Rdx, (uint)(value >> 32));
    }
}
