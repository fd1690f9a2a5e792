using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>PCLMULQDQ: the product without carries of two quadwords that the immediate chooses.</summary>
[Manual("2B", "4.3", "PCLMULQDQ—Carry-Less Multiplication Quadword")]
internal static class CarrylessMultiplication
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static unsafe Handler Bind(in Instruction i) => i.Mnemonic is Mnemonic.Pclmulqdq or Mnemonic.Vpclmulqdq ? ImmediateForms.Bind<Multiply>(i) : null;

    private readonly struct Multiply : IPackedImmediate
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right, byte immediate)
        {
            UInt128 a = left.AsUInt64()[immediate & 1], product = default;
            ulong b = right.AsUInt64()[immediate >> 4 & 1];
            for (int i = 0; i < 64; i++)
                if ((b >> i & 1) != 0) product ^= a << i;
            return Vector128.Create((ulong)product, (ulong)(product >> 64)).AsByte();
        }
    }
}
