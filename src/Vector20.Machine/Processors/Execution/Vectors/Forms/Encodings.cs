using Iced.Intel;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>How a vector instruction is encoded, which decides its width and what becomes of the bits above.</summary>
internal enum VectorEncoding
{
    /// <summary>Legacy SSE on XMM registers: bits 255:128 stay.</summary>
    Legacy,

    /// <summary>MMX registers.</summary>
    Mmx,

    /// <summary>VEX with 128-bit vectors or scalars: bits 255:128 become 0.</summary>
    Vex128,

    /// <summary>VEX with 256-bit vectors.</summary>
    Vex256,
}

/// <summary>Looks at decoded instructions.</summary>
internal static class Encodings
{
    public static VectorEncoding Of(in Instruction i)
    {
        bool mmx = false, wide = false;
        for (int operand = 0; operand < i.OpCount; operand++)
        {
            if (i.GetOpKind(operand) != OpKind.Register) continue;
            mmx |= i.GetOpRegister(operand).IsMM();
            wide |= i.GetOpRegister(operand).IsYMM();
        }

        if (wide || i.Encoding == EncodingKind.VEX && HasMemory(i) && i.MemorySize.GetSize() == 32) return VectorEncoding.Vex256;
        if (i.Encoding == EncodingKind.VEX) return VectorEncoding.Vex128;
        return mmx ? VectorEncoding.Mmx : VectorEncoding.Legacy;
    }

    /// <summary>Whether a source or the destination is memory.</summary>
    public static bool HasMemory(in Instruction i) =>
        i.Op0Kind == OpKind.Memory || i.Op1Kind == OpKind.Memory || i.Op2Kind == OpKind.Memory;
}
