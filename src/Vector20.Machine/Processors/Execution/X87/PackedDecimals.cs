using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Numbers;

namespace Vector20.Machine.Processors.Execution.X87;

/// <summary>Packed decimal integers: 18 digits and a sign. FBLD; FBSTP is one of <see cref="Stores"/>.</summary>
[Manual("1", "4.7", "BCD and Packed BCD Integers")]
internal static unsafe class PackedDecimals
{
    private const int Digits = 18;
    private const ulong Limit = 1_000_000_000_000_000_000;

    public static TenBytes Indefinite => new(0xC000_0000_0000_0000, 0xFFFF);

    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic == Mnemonic.Fbld ? &Load : null;

    /// <summary>A number rounded to an integer, in decimal digits.</summary>
    [Manual("2A", "3.3", "FBSTP—Store BCD Integer and Pop")]
    public static TenBytes Pack(in Number number, ref FloatContext context)
    {
        FloatContext rounding = context;
        long value = NumberConversions.ToInteger(number, 64, context.Rounding, ref rounding);
        ulong magnitude = (ulong)Math.Abs((decimal)value);
        if (magnitude >= Limit || (rounding.Raised & FloatExceptions.Invalid) != 0)
        {
            context.Raised |= FloatExceptions.Invalid;
            return Indefinite;
        }

        context = rounding;
        UInt128 packed = 0;
        for (int i = 0; i < Digits; i++, magnitude /= 10) packed |= (UInt128)(magnitude % 10) << 4 * i;
        return new TenBytes((ulong)packed, (ushort)((ulong)(packed >> 64) | (number.Negative ? 0x8000u : 0)));
    }

    [Manual("2A", "3.3", "FBLD—Load Binary Coded Decimal")]
    private static Outcome Load(Processor p, in Operation op)
    {
        if (!p.UseX87() || !p.Load(op, out TenBytes bytes)) return Outcome.Stop;
        UInt128 packed = new((ulong)bytes.High & 0xFF, bytes.Low);
        ulong magnitude = 0;
        for (int i = Digits - 1; i >= 0; i--) magnitude = magnitude * 10 + (ulong)(packed >> 4 * i & 15);
        bool negative = (bytes.High & 0x8000) != 0;
        Extended80 value = magnitude == 0 ? ExtendedArithmetic.Zero(negative) : ExtendedArithmetic.Encode(Number.Normalized(ValueKind.Normal, negative, 63, magnitude));
        return Unit.Push(p, Unit.Context(Unit.Begin(p, op, memory: true)), value);
    }
}
