using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Segmentation;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>Far JMP and CALL to a system descriptor: call gates; task gates and TSSs.</summary>
[Manual("3A", "5.8.3", "Call Gates")]
[Manual("3A", "5.8.4", "Accessing a Code Segment Through a Call Gate")]
internal static class GateTransfer
{
    /// <summary>Far JMP: a call gate takes it to nonconforming code of the same privilege, or to conforming code of any that is not lower.</summary>
    public static Outcome Jump(Processor p, in Operation op, Selector selector, in Descriptor descriptor)
    {
        if (!IsCallGate(p, descriptor)) return ToTask(p, op, selector, descriptor, TaskSwitchSource.Jmp);
        Descriptor gate = descriptor;
        if (!CheckGate(p, selector, ref gate) || !CodeSegment.FetchForGate(p, gate.GateSelector, 0, out Descriptor code)) return Outcome.Stop;
        if (!code.IsConforming && code.Dpl != p.Cpl) return p.Fault(ExceptionVector.GeneralProtection, gate.GateSelector.ErrorCode);
        if (!CodeSegment.CheckTarget(p, code, gate.GateOffset)) return Outcome.Stop;
        return FarTransfer.Enter(p, gate.GateSelector, code, gate.GateOffset, p.Cpl);
    }

    /// <summary>Far CALL: through a call gate to the same privilege or, with a change of stacks, to a higher one.</summary>
    public static Outcome Call(Processor p, in Operation op, Selector selector, in Descriptor descriptor)
    {
        if (!IsCallGate(p, descriptor)) return ToTask(p, op, selector, descriptor, TaskSwitchSource.Call);
        Descriptor gate = descriptor;
        if (!CheckGate(p, selector, ref gate) || !CodeSegment.FetchForGate(p, gate.GateSelector, 0, out Descriptor code)) return Outcome.Stop;
        int size = p.LongMode ? 8 : gate.SystemType == SystemDescriptorType.CallGate ? 4 : 2;
        int cpl = code.IsConforming ? p.Cpl : code.Dpl;
        var stack = new TransferStack(p);
        if (cpl < p.Cpl && !(StackSwitch.FromTss(p, cpl, 0, out stack) && PushCaller(p, ref stack, gate, size))) return Outcome.Stop;
        if (!CodeSegment.CheckTarget(p, code, gate.GateOffset) || !FarTransfer.PushReturn(p, op, ref stack, size)) return Outcome.Stop;
        Outcome outcome = FarTransfer.Enter(p, gate.GateSelector, code, gate.GateOffset, cpl);
        if (outcome == Outcome.Jump) stack.Commit(p);
        return outcome;
    }

    /// <summary>The caller's SS and RSP, and outside IA-32e mode its parameters.</summary>
    [Manual("3A", "5.8.5", "Stack Switching")]
    private static bool PushCaller(Processor p, ref TransferStack stack, in Descriptor gate, int size)
    {
        if (!stack.Push(p, p.Segment(SegmentName.Ss).Selector, size) || !stack.Push(p, p.Registers.At<ulong>(Register.Rsp), size)) return false;
        if (p.LongMode) return true;
        for (int i = gate.ParameterCount - 1; i >= 0; i--)
            if (!OuterReturn.Peek(p, (uint)(i * size), size, out ulong parameter) || !stack.Push(p, parameter, size)) return false;
        return true;
    }

    private static bool IsCallGate(Processor p, in Descriptor descriptor) =>
        descriptor.SystemType == SystemDescriptorType.CallGate || descriptor.SystemType == SystemDescriptorType.CallGate16 && !p.LongMode;

    /// <summary>The gate's DPL bounds CPL and RPL; it must be present. In IA-32e mode it has 16 bytes.</summary>
    private static bool CheckGate(Processor p, Selector selector, ref Descriptor gate)
    {
        if (Math.Max(p.Cpl, selector.Rpl) > gate.Dpl) return p.Refuse(ExceptionVector.GeneralProtection, selector.ErrorCode);
        if (!gate.Present) return p.Refuse(ExceptionVector.SegmentNotPresent, selector.ErrorCode);
        return DescriptorTables.Extend(p, selector, ref gate);
    }

    /// <summary>Task gates and TSSs, none of which IA-32e mode has; every other system descriptor is #GP(selector).</summary>
    private static Outcome ToTask(Processor p, in Operation op, Selector selector, in Descriptor descriptor, TaskSwitchSource source)
    {
        bool task = descriptor.SystemType is SystemDescriptorType.TaskGate or SystemDescriptorType.AvailableTss or SystemDescriptorType.AvailableTss16;
        if (p.LongMode || !task || Math.Max(p.Cpl, selector.Rpl) > descriptor.Dpl) return p.Fault(ExceptionVector.GeneralProtection, selector.ErrorCode);
        if (!descriptor.Present) return p.Fault(ExceptionVector.SegmentNotPresent, selector.ErrorCode);
        var from = new TaskSwitchRequest(source, p.NextRip(op), op.Length);
        return Complete(p, descriptor.SystemType == SystemDescriptorType.TaskGate
            ? TaskSwitch.ThroughGate(p, descriptor, from)
            : TaskSwitch.To(p, selector, descriptor, from));
    }

    /// <summary>Ends an instruction that switched tasks. A fault in the new task is sent from there: RIP is no longer at the instruction.</summary>
    public static Outcome Complete(Processor p, TaskSwitchResult result)
    {
        if (result == TaskSwitchResult.Refused) return Outcome.Stop;
        if (result == TaskSwitchResult.FaultInNewTask)
        {
            p.StopReason = StopReason.None;
            EventPipeline.Send(p, p.Raised);
        }

        return Outcome.Jump;
    }
}
