using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Execution.Interrupts;
using Vector20.Machine.Processors.Execution.StateSaving;
using Vector20.Machine.Processors.Execution.SystemInstructions;
using Vector20.Machine.Processors.Execution.Vectors;
using Vector20.Machine.Processors.Execution.X87;
using Vector20.Machine.Processors.Models;

namespace Vector20.Machine.Processors.Execution;

/// <summary>From a decoded instruction to its semantics: the groups are asked in turn, once per decoded instruction.</summary>
internal static unsafe class InstructionTable
{
    /// <summary>Binds an instruction.</summary>
    /// <param name="model">The CPU model: an instruction of a feature it lacks is #UD.</param>
    /// <param name="i">The instruction.</param>
    /// <param name="ends">Whether the block must end after it.</param>
    public static Handler Bind(CpuModel model, in Instruction i, out bool ends)
    {
        ends = i.FlowControl != FlowControl.Next;
        Handler handler = NoOperation.BindHint(i);
        if (handler == null && !model.Has(i))
        {
            handler = BitScans.BindWithoutCounts(i);
            if (handler == null) return &Undefined.InvalidOpcode;
        }

        if (handler != null) return handler;
        if (i.Encoding != EncodingKind.Legacy && i.CodeSize == CodeSize.Code16) return &Undefined.VexIn16BitCode;
        handler = VexEncoded(i);
        if (handler == null) handler = X87Group.Bind(i);
        if (handler == null) handler = SystemGroup.Bind(i);
        if (handler == null) handler = InterruptGroup.Bind(i);
        if (handler == null) handler = Undefined.Bind(i);
        return handler == null ? &Undefined.Unimplemented : handler;
    }

    /// <summary>Binds an instruction of the groups that have VEX encodings; null if it is of none.</summary>
    public static Handler VexEncoded(in Instruction i)
    {
        Handler handler = GeneralPurpose(i);
        if (handler == null) handler = VectorGroup.Bind(i);
        if (handler == null) handler = StateSavingGroup.Bind(i);
        return handler;
    }

    /// <summary>Binds an instruction of the general-purpose groups; null if it is of none.</summary>
    public static Handler GeneralPurpose(in Instruction i)
    {
        Handler handler = Arithmetic.Bind(i);
        if (handler == null) handler = DataTransfer.Bind(i);
        if (handler == null) handler = NearTransfer.Bind(i);
        if (handler == null) handler = Stack.Bind(i);
        if (handler == null) handler = NearCalls.Bind(i);
        if (handler == null) handler = Shifts.Bind(i);
        if (handler == null) handler = Extension.Bind(i);
        if (handler == null) handler = ConditionalData.Bind(i);
        if (handler == null) handler = Rotates.Bind(i);
        if (handler == null) handler = Exchange.Bind(i);
        if (handler == null) handler = CompareExchange.Bind(i);
        if (handler == null) handler = Multiplication.Bind(i);
        if (handler == null) handler = Division.Bind(i);
        if (handler == null) handler = BitTests.Bind(i);
        if (handler == null) handler = BitScans.Bind(i);
        if (handler == null) handler = DoubleShifts.Bind(i);
        if (handler == null) handler = Strings.Bind(i);
        return handler != null ? handler : Rarer(i);
    }

    private static Handler Rarer(in Instruction i)
    {
        Handler handler = FlagControl.Bind(i);
        if (handler == null) handler = LoopCounters.Bind(i);
        if (handler == null) handler = StackFrames.Bind(i);
        if (handler == null) handler = BitManipulation.Bind(i);
        if (handler == null) handler = CarryChains.Bind(i);
        if (handler == null) handler = CyclicRedundancy.Bind(i);
        if (handler == null) handler = DecimalAdjust.Bind(i);
        if (handler == null) handler = NoOperation.Bind(i);
        if (handler == null) handler = RandomNumbers.Bind(i);
        if (handler == null) handler = ProcessorId.Bind(i);
        return handler;
    }
}
