using Iced.Intel;

namespace Vector20.Machine.Processors.Translation;

/// <summary>Which operations set status flags that nothing can see.</summary>
internal static class FlagLiveness
{
    /// <summary>Marks the operations of a block. Whatever may leave the block in its midst shows the flags, to a handler if to nobody else.</summary>
    public static void Mark(PlannedOperation[] block)
    {
        bool dead = false;
        for (int i = block.Length - 1; i >= 0; i--)
        {
            ref PlannedOperation op = ref block[i];
            if (SetsAll(op))
            {
                op = op with { FlagsAreDead = dead };
                dead = !op.MayStep && !Reads(op);
            }
            else if (op.MayStep || Reads(op)) dead = false;
        }
    }

    private static bool SetsAll(in PlannedOperation op) => op.Kind switch
    {
        OperationKind.Binary or OperationKind.Shift or OperationKind.ZeroHigh or OperationKind.Multiply => true,
        OperationKind.Unary => op.Instruction.Mnemonic == Mnemonic.Neg,
        _ => false,
    };

    /// <summary>Whether it uses a flag, or leaves one as it is while it sets others.</summary>
    private static bool Reads(in PlannedOperation op) => op.Kind switch
    {
        OperationKind.ConditionalJump or OperationKind.SetIf or OperationKind.MoveIf or OperationKind.BitTest or OperationKind.Rotate => true,
        OperationKind.Binary => op.Instruction.Mnemonic is Mnemonic.Adc or Mnemonic.Sbb,
        OperationKind.Unary => op.Instruction.Mnemonic is Mnemonic.Inc or Mnemonic.Dec,
        _ => false,
    };
}
