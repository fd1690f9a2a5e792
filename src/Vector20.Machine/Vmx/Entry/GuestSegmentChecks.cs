using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>Segment registers in the guest-state area.</summary>
[Manual("3C", "27.3.1.2", "Checks on Guest Segment Registers")]
internal static class GuestSegmentChecks
{
    private const int Cs = (int)SegmentName.Cs, Ss = (int)SegmentName.Ss, Fs = (int)SegmentName.Fs, Ldtr = 6, Tr = 7;
    private const uint ReservedRights = 0xFFFE_0F00, TableIndicator = 1 << 2;

    /// <summary>The rule that is broken, or null.</summary>
    public static string? Check(Processor p, Vmcs vmcs)
    {
        bool unrestricted = (p.Vmx.Secondary & SecondaryControls.UnrestrictedGuest) != 0;
        bool virtual8086 = (vmcs[VmcsField.GuestRflags] & Eflags.VM) != 0;
        return Selectors(vmcs, unrestricted, virtual8086) ?? Bases(p, vmcs)
            ?? (virtual8086 ? Virtual8086(vmcs) : Code(p, vmcs, unrestricted) ?? Stack(vmcs, unrestricted) ?? Data(vmcs, unrestricted))
            ?? TaskRegister(p, vmcs) ?? LocalTable(vmcs);
    }

    private static string? Selectors(Vmcs vmcs, bool unrestricted, bool virtual8086)
    {
        SegmentRegister ldtr = GuestState.Segment(vmcs, Ldtr);
        if ((GuestState.Segment(vmcs, Tr).Selector & TableIndicator) != 0) return "TR's selector has its TI flag 1";
        if (!ldtr.Unusable && (ldtr.Selector & TableIndicator) != 0) return "LDTR's selector has its TI flag 1";
        bool sameRpl = ((GuestState.Segment(vmcs, Ss).Selector ^ GuestState.Segment(vmcs, Cs).Selector) & 3) == 0;
        return !virtual8086 && !unrestricted && !sameRpl ? "the RPLs of SS and CS differ" : null;
    }

    private static string? Bases(Processor p, Vmcs vmcs)
    {
        SegmentRegister ldtr = GuestState.Segment(vmcs, Ldtr);
        if (!EntryChecks.IsCanonical(p, GuestState.Segment(vmcs, Tr).Base) || !ldtr.Unusable && !EntryChecks.IsCanonical(p, ldtr.Base))
            return "the base of TR or LDTR is not canonical";
        for (int segment = 0; segment < Ldtr; segment++)
        {
            SegmentRegister register = GuestState.Segment(vmcs, segment);
            if (segment >= Fs && !EntryChecks.IsCanonical(p, register.Base)) return "the base of FS or GS is not canonical";
            if (segment < Fs && (segment == Cs || !register.Unusable) && register.Base > uint.MaxValue) return "bits 63:32 of the base of CS, SS, DS or ES are not 0";
        }

        return null;
    }

    private static string? Virtual8086(Vmcs vmcs)
    {
        for (int segment = 0; segment < Ldtr; segment++)
        {
            SegmentRegister register = GuestState.Segment(vmcs, segment);
            if (register.Base != (ulong)register.Selector << 4) return "a base is not 16 times its selector in virtual-8086 mode";
            if (register.Limit != 0xFFFF) return "a limit is not FFFFH in virtual-8086 mode";
            if (register.AccessRights != 0xF3) return "access rights are not F3H in virtual-8086 mode";
        }

        return null;
    }

    private static string? Code(Processor p, Vmcs vmcs, bool unrestricted)
    {
        SegmentRegister code = GuestState.Segment(vmcs, Cs);
        int stackDpl = GuestState.Segment(vmcs, Ss).Dpl;
        bool accessedCode = (code.Type & 9) == 9, data = code.Type == 3;
        if (!accessedCode && !(data && unrestricted)) return "CS's type is no accessed code";
        if (data ? code.Dpl != 0 : (code.Type & 4) == 0 ? code.Dpl != stackDpl : code.Dpl > stackDpl) return "CS's DPL does not fit its type and SS's DPL";
        bool is64Bit = (p.Vmx.EntryControls & VmEntryControls.Ia32eModeGuest) != 0 && code.Long;
        return is64Bit && code.Big ? "CS has L and D/B both 1" : Common(code, true);
    }

    private static string? Stack(Vmcs vmcs, bool unrestricted)
    {
        SegmentRegister stack = GuestState.Segment(vmcs, Ss);
        if (!stack.Unusable && stack.Type is not (3 or 7)) return "SS's type is no writable, accessed data";
        if (!unrestricted && stack.Dpl != (stack.Selector & 3)) return "SS's DPL is not its RPL";
        bool mustBe0 = GuestState.Segment(vmcs, Cs).Type == 3 || (vmcs[VmcsField.GuestCr0] & Cr0.PE) == 0;
        if (mustBe0 && stack.Dpl != 0) return "SS's DPL is not 0 in real-address mode";
        return stack.Unusable ? null : Common(stack, true);
    }

    private static string? Data(Vmcs vmcs, bool unrestricted)
    {
        for (int segment = 0; segment < Ldtr; segment++)
        {
            if (segment is Cs or Ss) continue;
            SegmentRegister register = GuestState.Segment(vmcs, segment);
            if (register.Unusable) continue;
            if ((register.Type & 1) == 0 || (register.Type & 8) != 0 && (register.Type & 2) == 0) return "the type of a data segment is not accessed and readable";
            if (!unrestricted && register.Type <= 11 && register.Dpl < (register.Selector & 3)) return "the DPL of a data segment is below its RPL";
            if (Common(register, true) is { } rule) return rule;
        }

        return null;
    }

    private static string? TaskRegister(Processor p, Vmcs vmcs)
    {
        SegmentRegister task = GuestState.Segment(vmcs, Tr);
        bool longMode = (p.Vmx.EntryControls & VmEntryControls.Ia32eModeGuest) != 0;
        if (task.Unusable) return "TR is unusable";
        return task.Type == 11 || task.Type == 3 && !longMode ? Common(task, false) : "TR's type is no busy TSS";
    }

    private static string? LocalTable(Vmcs vmcs)
    {
        SegmentRegister table = GuestState.Segment(vmcs, Ldtr);
        if (table.Unusable) return null;
        return table.Type == 2 ? Common(table, false) : "LDTR's type is no LDT";
    }

    /// <summary>S, P, the reserved bits, and G against the limit.</summary>
    private static string? Common(in SegmentRegister register, bool codeOrData)
    {
        if (register.IsCodeOrData != codeOrData) return "S of a segment register does not fit";
        if (!register.Present) return "P of a segment register is 0";
        if ((register.AccessRights & ReservedRights) != 0) return "reserved access rights are not 0";
        bool granular = (register.AccessRights & 1 << 15) != 0;
        bool fits = granular ? (register.Limit & 0xFFF) == 0xFFF : register.Limit <= 0xF_FFFF;
        return fits ? null : "G does not fit the limit";
    }
}
