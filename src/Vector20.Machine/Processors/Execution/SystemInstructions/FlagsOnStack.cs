using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>PUSHF and POPF.</summary>
[Manual("2B", "4.3", "PUSHF/PUSHFD/PUSHFQ—Push EFLAGS Register Onto the Stack")]
[Manual("2B", "4.3", "POPF/POPFD/POPFQ—Pop Stack Into EFLAGS Register")]
internal static unsafe class FlagsOnStack
{
    private const uint NeverPushed = Eflags.VM | Eflags.RF;

    /// <summary>POPF never changes these, and always clears RF.</summary>
    private const uint NeverPopped = Eflags.VIP | Eflags.VIF | Eflags.VM;

    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Pushf => &Push<ushort>,
        Mnemonic.Pushfd => &Push<uint>,
        Mnemonic.Pushfq => &Push<ulong>,
        Mnemonic.Popf => &Pop<ushort>,
        Mnemonic.Popfd => &Pop<uint>,
        Mnemonic.Popfq => &Pop<ulong>,
        _ => null,
    };

    private static Outcome Push<T>(Processor p, in Operation op) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        uint flags = (uint)p.Rflags & ~NeverPushed;
        if (NeedsVirtualFlag(p))
        {
            if (sizeof(T) != 2 || (p.ControlRegister4 & Cr4.VME) == 0) return p.Fault(ExceptionVector.GeneralProtection, 0);
            flags = flags & ~Eflags.IF | Eflags.IOPL | ((flags & Eflags.VIF) != 0 ? Eflags.IF : 0);
        }

        return p.Push(T.CreateTruncating(flags)) ? Outcome.Continue : Outcome.Stop;
    }

    private static Outcome Pop<T>(Processor p, in Operation op) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        if (NeedsVirtualFlag(p) && (sizeof(T) != 2 || (p.ControlRegister4 & Cr4.VME) == 0)) return p.Fault(ExceptionVector.GeneralProtection, 0);
        if (!p.Peek(out T popped)) return Outcome.Stop;
        uint value = uint.CreateTruncating(popped), old = (uint)p.Rflags;
        if (sizeof(T) == 2) value |= old & 0xFFFF_0000;
        if (NeedsVirtualFlag(p) && !TakeVirtualFlag(ref value, old)) return p.Fault(ExceptionVector.GeneralProtection, 0);
        uint kept = Kept(p);
        value = (value & ~kept | old & kept) & ~Eflags.RF;
        p.SetStackPointer(p.Registers.At<ulong>(Register.Rsp) + (uint)sizeof(T) & p.StackMask);
        return Load(p, value);
    }

    /// <summary>CR4.VME: the popped IF goes to VIF. #GP(0) if it would set VIF while VIP is 1, or set TF.</summary>
    [Manual("3B", "21.3.3.5", "Method 5: Software Interrupt Handling")]
    private static bool TakeVirtualFlag(ref uint value, uint old)
    {
        bool set = (value & Eflags.IF) != 0;
        if ((value & Eflags.TF) != 0 || set && (old & Eflags.VIP) != 0) return false;
        value = value & ~(Eflags.VIF | Eflags.IF | Eflags.IOPL) | old & (Eflags.IF | Eflags.IOPL) | (set ? Eflags.VIF : 0);
        return true;
    }

    /// <summary>Flags that the pop leaves as they are: IOPL above CPL 0, IF above IOPL.</summary>
    private static uint Kept(Processor p)
    {
        uint kept = NeedsVirtualFlag(p) ? NeverPopped & ~Eflags.VIF : NeverPopped;
        if (p.Cpl > 0) kept |= Eflags.IOPL;
        if (p.Cpl > p.IoPrivilegeLevel) kept |= Eflags.IF;
        return kept;
    }

    private static Outcome Load(Processor p, uint value)
    {
        if ((value & Eflags.All & ~Eflags.Status) == p.SystemFlags)
        {
            p.Flags.Value = value;
            return Outcome.Continue;
        }

        p.SetRflags(value);
        return Outcome.Leave;
    }

    private static bool NeedsVirtualFlag(Processor p) => p.Virtual8086 && p.IoPrivilegeLevel < 3;
}
