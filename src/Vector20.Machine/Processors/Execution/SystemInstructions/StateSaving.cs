using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Models;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>
/// XSAVE and XRSTOR of what there is: x87 state, which is always in its initial configuration because no model has the FPU,
/// and PKRU.
/// </summary>
[Manual("1", "13.7", "Operation of XSAVE")]
[Manual("1", "13.8", "Operation of XRSTOR")]
internal static unsafe class StateSaving
{
    private const ushort InitialControlWord = 0x37F;
    private const uint StackRegisters = 32, StackRegistersEnd = 160, PointersEnd = 24, Header = 512, HeaderChecked = 24, Alignment = 64;

    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Xsave or Mnemonic.Xsave64 => &Save,
        Mnemonic.Xrstor or Mnemonic.Xrstor64 => &Restore,
        _ => null,
    };

    /// <summary>The header's XSTATE_BV changes only for the components asked for.</summary>
    [Manual("2D", "6.1", "XSAVE—Save Processor Extended States")]
    private static Outcome Save(Processor p, in Operation op)
    {
        if (!Check(p, op, out ulong area)) return Outcome.Stop;
        ulong asked = p.Xcr0 & SplitRegisters.Get(p), inUse = p.Pkru != 0 ? ExtendedState.Pkru : 0;
        if (!p.Read(op.Segment, area + Header, out ulong present)) return Outcome.Stop;
        if ((asked & ExtendedState.X87) != 0 && !SaveInitialX87(p, op, area)) return Outcome.Stop;
        if ((asked & ExtendedState.Pkru) != 0 && !p.Write(op.Segment, area + ExtendedState.PkruOffset, (ulong)p.Pkru)) return Outcome.Stop;
        return p.Write(op.Segment, area + Header, present & ~asked | inUse & asked) ? Outcome.Continue : Outcome.Stop;
    }

    private static bool SaveInitialX87(Processor p, in Operation op, ulong area)
    {
        if (!p.Write(op.Segment, area, (ulong)InitialControlWord)) return false;
        for (uint offset = 8; offset < StackRegistersEnd; offset += 8)
            if (offset is < PointersEnd or >= StackRegisters && !p.Write(op.Segment, area + offset, 0ul)) return false;
        return true;
    }

    /// <summary>Of x87 state only the initial configuration can be restored.</summary>
    [Manual("2D", "6.1", "XRSTOR—Restore Processor Extended States")]
    private static Outcome Restore(Processor p, in Operation op)
    {
        if (!Check(p, op, out ulong area) || !ReadHeader(p, op, area, out ulong present, out bool valid)) return Outcome.Stop;
        if (!valid || (present & ~p.Xcr0) != 0) return p.Fault(ExceptionVector.GeneralProtection, 0);
        ulong asked = p.Xcr0 & SplitRegisters.Get(p), pkru = 0;
        if ((asked & present & ExtendedState.X87) != 0) return p.Unsupported($"x87 state by {CurrentInstruction.Describe(p)}");
        if ((asked & present & ExtendedState.Pkru) != 0 && !p.Read(op.Segment, area + ExtendedState.PkruOffset, out pkru)) return Outcome.Stop;
        if ((asked & ExtendedState.Pkru) == 0) return Outcome.Continue;
        p.Pkru = (uint)pkru;
        p.FlushTlb();
        return Outcome.Leave;
    }

    /// <summary>XSTATE_BV, and whether the 16 bytes behind it are 0: the compacted format is not supported.</summary>
    [Manual("1", "13.4.2", "XSAVE Header")]
    private static bool ReadHeader(Processor p, in Operation op, ulong area, out ulong present, out bool valid)
    {
        valid = true;
        if (!p.Read(op.Segment, area + Header, out present)) return false;
        for (uint offset = 8; offset < HeaderChecked; offset += 8)
        {
            if (!p.Read(op.Segment, area + Header + offset, out ulong reserved)) return false;
            valid &= reserved == 0;
        }

        return true;
    }

    private static bool Check(Processor p, in Operation op, out ulong area)
    {
        area = p.EffectiveAddress(op);
        if ((p.ControlRegister4 & Cr4.OSXSAVE) == 0) p.Fault(ExceptionVector.InvalidOpcode);
        else if ((p.ControlRegister0 & Cr0.TS) != 0) p.Fault(ExceptionVector.DeviceNotAvailable);
        else if (p.Linear(op.Segment, area) % Alignment != 0) p.Fault(ExceptionVector.GeneralProtection, 0);
        else return true;
        return false;
    }
}
