using Vector20.Machine.Events;

namespace Vector20.Machine.Processors.Segmentation;

/// <summary>Task switches.</summary>
[Manual("3A", "8.3", "Task Switching")]
internal static class TaskSwitch
{
    /// <summary>Through a task gate that has been checked.</summary>
    public static Outcome ThroughGate(Processor p, in Descriptor gate, in TaskSwitchRequest request)
    {
        Selector selector = gate.GateSelector;
        if (selector.IsNull || selector.IsLocal) return p.Fault(ExceptionVector.GeneralProtection, selector.ErrorCode | request.External);
        if (!DescriptorTables.Fetch(p, selector, out Descriptor task, external: request.External)) return Outcome.Stop;
        bool available = task.IsSystem && task.SystemType is SystemDescriptorType.AvailableTss or SystemDescriptorType.AvailableTss16;
        if (!available) return p.Fault(ExceptionVector.GeneralProtection, selector.ErrorCode | request.External);
        if (!task.Present) return p.Fault(ExceptionVector.SegmentNotPresent, selector.ErrorCode | request.External);
        return To(p, selector, task, request);
    }

    /// <summary>To the task of a TSS descriptor that has been checked. <see cref="Outcome.Jump"/> when it is done.</summary>
    public static Outcome To(Processor p, Selector selector, in Descriptor task, in TaskSwitchRequest request) =>
        p.Unsupported($"a task switch to selector {selector.Value:x4}");
}
