using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>The instructions on MMX, XMM and YMM registers, group by group.</summary>
internal static unsafe class VectorGroup
{
    /// <summary>The semantics of an instruction of these groups, or null.</summary>
    public static Handler Bind(in Instruction i)
    {
        Handler handler = FullMoves.Bind(i);
        if (handler == null) handler = PartialMoves.Bind(i);
        if (handler == null) handler = PackedLogic.Bind(i);
        if (handler == null) handler = PackedArithmetic.Bind(i);
        if (handler == null) handler = PackedShuffles.Bind(i);
        if (handler == null) handler = PackedShifts.Bind(i);
        if (handler == null) handler = GeneralRegisterMoves.Bind(i);
        if (handler == null) handler = ElementMoves.Bind(i);
        if (handler == null) handler = MaskExtraction.Bind(i);
        if (handler == null) handler = PackedConversions.Bind(i);
        if (handler == null) handler = PackedMultiplication.Bind(i);
        if (handler == null) handler = PackedBlends.Bind(i);
        return handler != null ? handler : Rarer(i);
    }

    private static Handler Rarer(in Instruction i)
    {
        Handler handler = Broadcasts.Bind(i);
        if (handler == null) handler = LanePermutes.Bind(i);
        if (handler == null) handler = FullPermutes.Bind(i);
        if (handler == null) handler = StateControl.Bind(i);
        if (handler == null) handler = HorizontalArithmetic.Bind(i);
        if (handler == null) handler = MaskedMoves.Bind(i);
        if (handler == null) handler = MaskedStores.Bind(i);
        if (handler == null) handler = Gathers.Bind(i);
        if (handler == null) handler = AesRounds.Bind(i);
        if (handler == null) handler = CarrylessMultiplication.Bind(i);
        if (handler == null) handler = StringInstructions.Bind(i);
        return handler != null ? handler : FloatingPoint(i);
    }

    private static Handler FloatingPoint(in Instruction i)
    {
        Handler handler = FloatArithmetic.Bind(i);
        if (handler == null) handler = FloatComparisons.Bind(i);
        if (handler == null) handler = FloatConversions.Bind(i);
        if (handler == null) handler = FusedMultiplyAdd.Bind(i);
        if (handler == null) handler = RoundingInstructions.Bind(i);
        if (handler == null) handler = DotProducts.Bind(i);
        if (handler == null) handler = Approximations.Bind(i);
        if (handler == null) handler = HalfStores.Bind(i);
        if (handler == null) handler = MmxConversions.Bind(i);
        return handler;
    }
}
