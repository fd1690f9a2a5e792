using Vector20.Machine.Events;
using Vector20.Machine.Memory;

namespace Vector20.Machine.Processors.Segmentation;

/// <summary>The second half of a task switch: the new task's state. A fault here is raised in the new task, before its first instruction.</summary>
[Manual("3A", "8.3", "Task Switching")]
internal static class TaskLoad
{
    /// <summary>Loads everything. False when a fault is raised; what comes after it is not loaded.</summary>
    public static bool Begin(Processor p, in TaskState state, bool wide, in TaskSwitchRequest request)
    {
        LoadRegisters(p, state, wide);
        if (wide && !LoadPaging(p, state.Cr3)) return false;
        if (!LoadLdt(p, new Selector(state.Ldt), request.External) || !LoadSegments(p, state, request.External)) return false;
        p.FlushTlb();
        if (state.Trap)
        {
            p.PendingDebugTraps |= Dr6.BT;
            p.RequestAttention();
        }

        if (request.ErrorCode is { } errorCode && !PushErrorCode(p, errorCode, wide, request.External)) return false;
        return p.Rip <= p.CodeLimit || p.Refuse(ExceptionVector.GeneralProtection, request.External);
    }

    /// <summary>General registers, flags, EIP and the visible part of every segment register; the hidden parts are invalid until they are loaded.</summary>
    private static void LoadRegisters(Processor p, in TaskState state, bool wide)
    {
        for (int i = 0; i < 8; i++)
        {
            if (wide) p[i] = state.Registers[i];
            else p[i] = p[i] & 0xFFFF_0000 | state.Registers[i];
        }

        p.Rip = state.Eip;
        for (int i = 0; i < 6; i++) p.SetSegment((SegmentName)i, SegmentLoading.Null(new Selector(state.Selectors[i])));
        p.Ldtr = SegmentLoading.Null(new Selector(state.Ldt));
        p.SetRflags(wide ? state.Eflags : (ushort)state.Eflags);
    }

    private static bool LoadPaging(Processor p, uint cr3)
    {
        if ((p.ControlRegister0 & Cr0.PG) == 0) return true;
        if (ControlRegisterWrites.UsesPae(p.ControlRegister0, p.ControlRegister4, p.ExtendedFeatures) && !PaePdptes.Load(p, cr3)) return false;
        p.ControlRegister3 = cr3;
        p.FlushTlb();
        return true;
    }

    private static bool LoadLdt(Processor p, Selector selector, uint external)
    {
        if (selector.IsNull) return true;
        if (selector.IsLocal) return p.Refuse(ExceptionVector.InvalidTss, selector.ErrorCode | external);
        if (!DescriptorTables.Fetch(p, selector, out Descriptor ldt, ExceptionVector.InvalidTss, external)) return false;
        if (ldt.IsCodeOrData || ldt.SystemType != SystemDescriptorType.Ldt || !ldt.Present)
            return p.Refuse(ExceptionVector.InvalidTss, selector.ErrorCode | external);
        p.Ldtr = ldt.ToRegister(selector);
        return true;
    }

    private static bool LoadSegments(Processor p, in TaskState state, uint external)
    {
        if (p.Virtual8086) return LoadVirtual8086(p, state);
        if (!LoadCode(p, new Selector(state.Selectors[(int)SegmentName.Cs]), external)) return false;
        var stack = new Selector(state.Selectors[(int)SegmentName.Ss]);
        if (stack.IsNull) return p.Refuse(ExceptionVector.InvalidTss, stack.ErrorCode | external);
        if (!StackSegment.Check(p, stack, p.Cpl, ExceptionVector.InvalidTss, external, out Descriptor descriptor)) return false;
        p.LoadSegment(SegmentName.Ss, stack, descriptor);
        foreach (SegmentName name in (ReadOnlySpan<SegmentName>)[SegmentName.Ds, SegmentName.Es, SegmentName.Fs, SegmentName.Gs])
            if (!LoadData(p, name, new Selector(state.Selectors[(int)name]), external)) return false;
        return true;
    }

    private static bool LoadVirtual8086(Processor p, in TaskState state)
    {
        p.CurrentPrivilegeLevel = 3;
        for (int i = 0; i < 6; i++) p.SetSegment((SegmentName)i, SegmentLoading.InVirtual8086Mode(state.Selectors[i]));
        return true;
    }

    private static bool LoadCode(Processor p, Selector selector, uint external)
    {
        p.CurrentPrivilegeLevel = (byte)selector.Rpl;
        if (selector.IsNull) return p.Refuse(ExceptionVector.InvalidTss, selector.ErrorCode | external);
        if (!DescriptorTables.Fetch(p, selector, out Descriptor code, ExceptionVector.InvalidTss, external)) return false;
        bool allowed = code.IsConforming ? code.Dpl <= selector.Rpl : code.Dpl == selector.Rpl;
        if (!code.IsCode || !allowed) return p.Refuse(ExceptionVector.InvalidTss, selector.ErrorCode | external);
        if (!code.Present) return p.Refuse(ExceptionVector.SegmentNotPresent, selector.ErrorCode | external);
        if (!DescriptorTables.MarkAccessed(p, code)) return false;
        CodeSegment.Commit(p, selector, code, selector.Rpl);
        return true;
    }

    private static bool LoadData(Processor p, SegmentName name, Selector selector, uint external)
    {
        if (selector.IsNull) return true;
        if (!DescriptorTables.Fetch(p, selector, out Descriptor data, ExceptionVector.InvalidTss, external)) return false;
        bool privileged = !data.IsConforming && Math.Max(selector.Rpl, p.Cpl) > data.Dpl;
        if (!data.IsReadable || privileged) return p.Refuse(ExceptionVector.InvalidTss, selector.ErrorCode | external);
        if (!data.Present) return p.Refuse(ExceptionVector.SegmentNotPresent, selector.ErrorCode | external);
        if (!DescriptorTables.MarkAccessed(p, data)) return false;
        p.SetSegment(name, data.ToRegister(selector));
        return true;
    }

    private static bool PushErrorCode(Processor p, uint errorCode, bool wide, uint external)
    {
        var stack = new TransferStack(p, external);
        if (!stack.Push(p, errorCode, wide ? 4 : 2)) return false;
        stack.Commit(p);
        return true;
    }
}
