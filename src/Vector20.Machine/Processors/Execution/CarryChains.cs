using System.Numerics;
using Iced.Intel;

namespace Vector20.Machine.Processors.Execution;

/// <summary>ADCX and ADOX: additions with carry that change one flag only, CF or OF.</summary>
[Manual("2A", "3.3", "ADCX—Unsigned Integer Addition of Two Operands With Carry Flag")]
[Manual("2A", "3.3", "ADOX—Unsigned Integer Addition of Two Operands With Overflow Flag")]
internal static unsafe class CarryChains
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Adcx => OperandForms.Binary<ThroughCarry>(i),
        Mnemonic.Adox => OperandForms.Binary<ThroughOverflow>(i),
        _ => null,
    };

    private readonly struct ThroughCarry : IBinary
    {
        public static T Compute<T>(Processor p, T a, T b) where T : unmanaged, IBinaryInteger<T>
        {
            T sum = Add(a, b, p.Flags.Carry, out bool carry);
            p.Flags.SetCarry(carry);
            return sum;
        }
    }

    private readonly struct ThroughOverflow : IBinary
    {
        public static T Compute<T>(Processor p, T a, T b) where T : unmanaged, IBinaryInteger<T>
        {
            T sum = Add(a, b, p.Flags.Overflow, out bool carry);
            p.Flags.SetCarryAndOverflow(p.Flags.Carry, carry);
            return sum;
        }
    }

    private static T Add<T>(T a, T b, bool carryIn, out bool carryOut) where T : unmanaged, IBinaryInteger<T>
    {
        T sum = a + b + (carryIn ? T.One : T.Zero);
        carryOut = Shifts.Sign(Arithmetic.Carries(a, b, sum));
        return sum;
    }
}
