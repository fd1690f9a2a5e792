using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>The system instructions and the far transfers, group by group.</summary>
[Manual("3A", "2.8", "System Instruction Summary")]
internal static unsafe class SystemGroup
{
    /// <summary>The semantics of an instruction of these groups, or null.</summary>
    public static Handler Bind(in Instruction i)
    {
        Handler handler = SegmentMoves.Bind(i);
        if (handler == null) handler = FarPointerLoads.Bind(i);
        if (handler == null) handler = FarTransfer.Bind(i);
        if (handler == null) handler = DescriptorTableRegisters.Bind(i);
        if (handler == null) handler = ControlRegisterMoves.Bind(i);
        if (handler == null) handler = DebugRegisterMoves.Bind(i);
        if (handler == null) handler = MsrInstructions.Bind(i);
        if (handler == null) handler = InterruptFlag.Bind(i);
        if (handler == null) handler = FlagsOnStack.Bind(i);
        if (handler == null) handler = PortIo.Bind(i);
        if (handler == null) handler = StringPortIo.Bind(i);
        if (handler == null) handler = SystemCalls.Bind(i);
        if (handler == null) handler = FastCalls.Bind(i);
        if (handler == null) handler = SegmentBases.Bind(i);
        return handler != null ? handler : Rarer(i);
    }

    private static Handler Rarer(in Instruction i)
    {
        Handler handler = Identification.Bind(i);
        if (handler == null) handler = TranslationInvalidation.Bind(i);
        if (handler == null) handler = TimeStamp.Bind(i);
        if (handler == null) handler = AccessPrevention.Bind(i);
        if (handler == null) handler = ExtendedControlRegister.Bind(i);
        if (handler == null) handler = AddressMonitor.Bind(i);
        if (handler == null) handler = SegmentQueries.Bind(i);
        if (handler == null) handler = VmxInstructions.Bind(i);
        return handler;
    }
}
