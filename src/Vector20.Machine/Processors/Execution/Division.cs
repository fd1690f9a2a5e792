using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>DIV and IDIV. All six flags are undefined afterwards; here they do not change.</summary>
[Manual("2A", "3.3", "DIV—Unsigned Divide")]
[Manual("2A", "3.3", "IDIV—Signed Divide")]
[Manual("3A", "6.15", "Interrupt 0—Divide Error Exception (#DE)")]
internal static unsafe class Division
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Div => Bind<Unsigned>(i),
        Mnemonic.Idiv => Bind<Signed>(i),
        _ => null,
    };

    private static Handler Bind<TQuotient>(in Instruction i) where TQuotient : struct, IQuotient => OperandForms.WidthOf(i) switch
    {
        1 => Bind<TQuotient, byte>(i),
        2 => Bind<TQuotient, ushort>(i),
        4 => Bind<TQuotient, uint>(i),
        _ => Bind<TQuotient, ulong>(i),
    };

    private static Handler Bind<TQuotient, T>(in Instruction i) where TQuotient : struct, IQuotient where T : unmanaged, IBinaryInteger<T> =>
        i.Op0Kind == OpKind.Register ? &ByRegister<TQuotient, T> : &ByMemory<TQuotient, T>;

    private static Outcome ByRegister<TQuotient, T>(Processor p, in Operation op) where TQuotient : struct, IQuotient where T : unmanaged, IBinaryInteger<T> =>
        Divide<TQuotient, T>(p, p.Get<T>(op.Destination));

    private static Outcome ByMemory<TQuotient, T>(Processor p, in Operation op) where TQuotient : struct, IQuotient where T : unmanaged, IBinaryInteger<T> =>
        p.Load(op, out T divisor) ? Divide<TQuotient, T>(p, divisor) : Outcome.Stop;

    private static Outcome Divide<TQuotient, T>(Processor p, T divisor) where TQuotient : struct, IQuotient where T : unmanaged, IBinaryInteger<T>
    {
        byte upper = Multiplication.UpperHalf<T>();
        if (!TQuotient.Of(p.Get<T>(upper), p.Get<T>(Register.Rax), divisor, out T quotient, out T remainder)) return p.Fault(ExceptionVector.DivideError);
        p.Set(Register.Rax, quotient);
        p.Set(upper, remainder);
        return Outcome.Continue;
    }

    private interface IQuotient
    {
        /// <summary>False for a zero divisor, and for a quotient that is too large.</summary>
        static abstract bool Of<T>(T high, T low, T divisor, out T quotient, out T remainder) where T : unmanaged, IBinaryInteger<T>;
    }

    private readonly struct Unsigned : IQuotient
    {
        public static bool Of<T>(T high, T low, T divisor, out T quotient, out T remainder) where T : unmanaged, IBinaryInteger<T>
        {
            quotient = remainder = default;
            if (high >= divisor) return false;
            if (sizeof(T) == 8 && !T.IsZero(high))
            {
                var wide = new UInt128(ulong.CreateTruncating(high), ulong.CreateTruncating(low));
                (UInt128 q, UInt128 r) = UInt128.DivRem(wide, UInt128.CreateTruncating(divisor));
                quotient = T.CreateTruncating(q);
                remainder = T.CreateTruncating(r);
                return true;
            }

            ulong dividend = ulong.CreateTruncating(low), by = ulong.CreateTruncating(divisor);
            if (sizeof(T) != 8) dividend |= ulong.CreateTruncating(high) << (8 * sizeof(T));
            quotient = T.CreateTruncating(dividend / by);
            remainder = T.CreateTruncating(dividend % by);
            return true;
        }
    }

    /// <summary>Divides magnitudes; the quotient truncates toward zero and the remainder has the dividend's sign.</summary>
    private readonly struct Signed : IQuotient
    {
        public static bool Of<T>(T high, T low, T divisor, out T quotient, out T remainder) where T : unmanaged, IBinaryInteger<T>
        {
            bool negativeDividend = Shifts.Sign(high), negative = negativeDividend != Shifts.Sign(divisor);
            if (negativeDividend)
            {
                low = T.Zero - low;
                high = ~high + (T.IsZero(low) ? T.One : T.Zero);
            }

            if (!Unsigned.Of(high, low, Shifts.Sign(divisor) ? T.Zero - divisor : divisor, out quotient, out remainder)) return false;
            if (negative) quotient = T.Zero - quotient;
            if (negativeDividend) remainder = T.Zero - remainder;
            return T.IsZero(quotient) || Shifts.Sign(quotient) == negative;
        }
    }
}
