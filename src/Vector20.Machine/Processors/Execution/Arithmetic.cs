using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>Addition, subtraction, comparison and bitwise logic.</summary>
[Manual("2A", "3.3", "ADD—Add")]
[Manual("2A", "3.3", "CMP—Compare Two Operands")]
[Manual("2A", "3.3", "AND—Logical AND")]
internal static unsafe class Arithmetic
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Add => OperandForms.Binary<Add>(i),
        Mnemonic.Or => OperandForms.Binary<Or>(i),
        Mnemonic.Adc => OperandForms.Binary<AddWithCarry>(i),
        Mnemonic.Sbb => OperandForms.Binary<SubtractWithBorrow>(i),
        Mnemonic.And => OperandForms.Binary<And>(i),
        Mnemonic.Sub => OperandForms.Binary<Subtract>(i),
        Mnemonic.Xor => OperandForms.Binary<Xor>(i),
        Mnemonic.Cmp => OperandForms.Compare<Subtract>(i),
        Mnemonic.Test => OperandForms.Compare<And>(i),
        Mnemonic.Inc => OperandForms.Unary<Increment>(i),
        Mnemonic.Dec => OperandForms.Unary<Decrement>(i),
        Mnemonic.Not => OperandForms.Unary<Not>(i),
        Mnemonic.Neg => OperandForms.Unary<Negate>(i),
        _ => null,
    };

    /// <summary>The carries out of each bit of <c>a + b (+ carry) = sum</c>.</summary>
    public static T Carries<T>(T a, T b, T sum) where T : unmanaged, IBinaryInteger<T> => a & b | (a | b) & ~sum;

    /// <summary>The borrows out of each bit of <c>a - b (- borrow) = difference</c>.</summary>
    public static T Borrows<T>(T a, T b, T difference) where T : unmanaged, IBinaryInteger<T> => ~a & b | (~a | b) & difference;

    private readonly struct Add : IBinary
    {
        public static T Compute<T>(Processor p, T a, T b) where T : unmanaged, IBinaryInteger<T>
        {
            T sum = a + b;
            p.Flags.Set(sum, Carries(a, b, sum));
            return sum;
        }
    }

    private readonly struct AddWithCarry : IBinary
    {
        public static T Compute<T>(Processor p, T a, T b) where T : unmanaged, IBinaryInteger<T>
        {
            T sum = a + b + (p.Flags.Carry ? T.One : T.Zero);
            p.Flags.Set(sum, Carries(a, b, sum));
            return sum;
        }
    }

    private readonly struct Subtract : IBinary, ICompare
    {
        public static T Compute<T>(Processor p, T a, T b) where T : unmanaged, IBinaryInteger<T>
        {
            T difference = a - b;
            p.Flags.Set(difference, Borrows(a, b, difference));
            return difference;
        }

        public static void Compare<T>(Processor p, T left, T right) where T : unmanaged, IBinaryInteger<T> => Compute(p, left, right);
    }

    private readonly struct SubtractWithBorrow : IBinary
    {
        public static T Compute<T>(Processor p, T a, T b) where T : unmanaged, IBinaryInteger<T>
        {
            T difference = a - b - (p.Flags.Carry ? T.One : T.Zero);
            p.Flags.Set(difference, Borrows(a, b, difference));
            return difference;
        }
    }

    private readonly struct And : IBinary, ICompare
    {
        public static T Compute<T>(Processor p, T a, T b) where T : unmanaged, IBinaryInteger<T>
        {
            p.Flags.SetLogical(a & b);
            return a & b;
        }

        public static void Compare<T>(Processor p, T left, T right) where T : unmanaged, IBinaryInteger<T> => p.Flags.SetLogical(left & right);
    }

    private readonly struct Or : IBinary
    {
        public static T Compute<T>(Processor p, T a, T b) where T : unmanaged, IBinaryInteger<T>
        {
            p.Flags.SetLogical(a | b);
            return a | b;
        }
    }

    private readonly struct Xor : IBinary
    {
        public static T Compute<T>(Processor p, T a, T b) where T : unmanaged, IBinaryInteger<T>
        {
            p.Flags.SetLogical(a ^ b);
            return a ^ b;
        }
    }

    /// <summary>INC leaves CF.</summary>
    private readonly struct Increment : IUnary
    {
        public static T Compute<T>(Processor p, T a) where T : unmanaged, IBinaryInteger<T>
        {
            bool carry = p.Flags.Carry;
            T sum = a + T.One;
            p.Flags.Set(sum, Carries(a, T.One, sum));
            p.Flags.SetCarry(carry);
            return sum;
        }
    }

    /// <summary>DEC leaves CF.</summary>
    private readonly struct Decrement : IUnary
    {
        public static T Compute<T>(Processor p, T a) where T : unmanaged, IBinaryInteger<T>
        {
            bool carry = p.Flags.Carry;
            T difference = a - T.One;
            p.Flags.Set(difference, Borrows(a, T.One, difference));
            p.Flags.SetCarry(carry);
            return difference;
        }
    }

    private readonly struct Not : IUnary
    {
        public static T Compute<T>(Processor p, T a) where T : unmanaged, IBinaryInteger<T> => ~a;
    }

    private readonly struct Negate : IUnary
    {
        public static T Compute<T>(Processor p, T a) where T : unmanaged, IBinaryInteger<T>
        {
            T difference = T.Zero - a;
            p.Flags.Set(difference, Borrows(T.Zero, a, difference));
            return difference;
        }
    }
}
