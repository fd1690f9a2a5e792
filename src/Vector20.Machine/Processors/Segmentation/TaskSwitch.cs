using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Segmentation;

/// <summary>Task switches: which task, the checks that still belong to the old task, saving it, and beginning the new one.</summary>
[Manual("3A", "8.3", "Task Switching")]
internal static class TaskSwitch
{
    private const ulong LocalEnables = 0x55;

    /// <summary>Through a task gate whose privilege and presence have been checked.</summary>
    [Manual("3A", "8.2.5", "Task-Gate Descriptor")]
    public static TaskSwitchResult ThroughGate(Processor p, in Descriptor gate, in TaskSwitchRequest request)
    {
        Selector selector = gate.GateSelector;
        if (!FetchTask(p, selector, request.External, ExceptionVector.GeneralProtection, out Descriptor task)) return TaskSwitchResult.Refused;
        bool available = task.IsSystem && task.SystemType is SystemDescriptorType.AvailableTss or SystemDescriptorType.AvailableTss16;
        if (!available) return Refuse(p, ExceptionVector.GeneralProtection, selector, request);
        if (!task.Present) return Refuse(p, ExceptionVector.SegmentNotPresent, selector, request);
        return To(p, selector, task, request);
    }

    /// <summary>Back to the task that the current TSS's link names: IRET with NT.</summary>
    [Manual("3A", "8.4", "Task Linking")]
    public static TaskSwitchResult Return(Processor p, in TaskSwitchRequest request)
    {
        if (!p.ReadLinear(p.Tr.Base, AccessMode.Supervisor, out ushort link)) return TaskSwitchResult.Refused;
        var selector = new Selector(link);
        if (!FetchTask(p, selector, request.External, ExceptionVector.InvalidTss, out Descriptor task)) return TaskSwitchResult.Refused;
        bool busy = task.IsSystem && task.SystemType is SystemDescriptorType.BusyTss or SystemDescriptorType.BusyTss16;
        if (!busy) return Refuse(p, ExceptionVector.InvalidTss, selector, request);
        if (!task.Present) return Refuse(p, ExceptionVector.SegmentNotPresent, selector, request);
        return To(p, selector, task, request);
    }

    /// <summary>To the task of a TSS descriptor whose type, privilege and presence have been checked.</summary>
    public static TaskSwitchResult To(Processor p, Selector selector, in Descriptor task, in TaskSwitchRequest request)
    {
        bool wide = (task.Type & 8) != 0, oldWide = (p.Tr.Type & 8) != 0;
        if (task.Limit < TaskState.SmallestLimit(wide)) return Refuse(p, ExceptionVector.InvalidTss, selector, request);
        if (p.Vmx.NonRoot && Intercepts.TaskSwitch(p, request.InstructionLength, selector.Value, request.Source)) return TaskSwitchResult.Refused;
        if (!TaskState.CanSave(p, p.Tr.Base, oldWide) || !TaskState.Read(p, task.Base, wide, out TaskState state)) return TaskSwitchResult.Refused;
        if (!Save(p, oldWide, request) || !Link(p, task, request)) return TaskSwitchResult.Refused;
        if (request.Nests) state.Eflags |= Eflags.NT;
        p.Tr = SystemSegments.Busy(task.ToRegister(selector));
        p.ControlRegister0 |= Cr0.TS;
        p.Usable = Usable.None;
        p.DebugControl &= ~(LocalEnables | Dr7.LE);
        return TaskLoad.Begin(p, state, wide, request) ? TaskSwitchResult.Done : TaskSwitchResult.FaultInNewTask;
    }

    /// <summary>A TSS descriptor, which only the GDT may hold.</summary>
    private static bool FetchTask(Processor p, Selector selector, uint external, ExceptionVector vector, out Descriptor task)
    {
        task = default;
        if (selector.IsLocal || selector.IsNull) return p.Refuse(vector, selector.ErrorCode | external);
        return DescriptorTables.Fetch(p, selector, out task, vector, external);
    }

    /// <summary>The old task's state to its TSS. It stays busy only if the new task is nested in it; IRET clears NT in the saved flags.</summary>
    private static bool Save(Processor p, bool wide, in TaskSwitchRequest request)
    {
        ulong eflags = request.Source == TaskSwitchSource.Iret ? p.Rflags & ~(ulong)Eflags.NT : p.Rflags;
        if (!TaskState.Of(p, request.ReturnRip, eflags).Save(p, p.Tr.Base, wide)) return false;
        if (request.Nests) return true;
        var selector = new Selector(p.Tr.Selector);
        return !DescriptorTables.TryLocate(p, selector, 8, out ulong address)
            || DescriptorTables.ClearBusy(p, new Descriptor(0, 0, address));
    }

    /// <summary>The new task becomes busy; a nested one gets the link to the old.</summary>
    [Manual("3A", "8.4.1", "Use of Busy Flag To Prevent Recursive Task Switching")]
    private static bool Link(Processor p, in Descriptor task, in TaskSwitchRequest request)
    {
        if (request.Nests && !p.WriteLinear(task.Base, AccessMode.Supervisor, p.Tr.Selector)) return false;
        return request.Source == TaskSwitchSource.Iret || DescriptorTables.MarkBusy(p, task);
    }

    private static TaskSwitchResult Refuse(Processor p, ExceptionVector vector, Selector selector, in TaskSwitchRequest request)
    {
        p.Refuse(vector, selector.ErrorCode | request.External);
        return TaskSwitchResult.Refused;
    }
}
