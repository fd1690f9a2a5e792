using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>CLI, STI and HLT.</summary>
[Manual("3A", "6.8.1", "Masking Maskable Hardware Interrupts")]
internal static unsafe class InterruptFlag
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Cli => &Clear,
        Mnemonic.Sti => &Set,
        Mnemonic.Hlt => &Halt,
        _ => null,
    };

    /// <summary>Which flag CLI and STI change.</summary>
    private enum Target
    {
        /// <summary>IF itself.</summary>
        Real,

        /// <summary>VIF: virtual-8086 mode with CR4.VME, or CPL 3 with CR4.PVI.</summary>
        Virtual,

        /// <summary>Neither: #GP(0).</summary>
        Refused,
    }

    [Manual("2A", "3.3", "CLI—Clear Interrupt Flag")]
    private static Outcome Clear(Processor p, in Operation op)
    {
        switch (TargetOf(p))
        {
            case Target.Real:
                p.SystemFlags &= ~Eflags.IF;
                return Outcome.Continue;
            case Target.Virtual:
                p.SystemFlags &= ~Eflags.VIF;
                return Outcome.Continue;
            default:
                return p.Fault(ExceptionVector.GeneralProtection, 0);
        }
    }

    /// <summary>External interrupts wait for the end of the next instruction if IF was 0. A pending virtual interrupt is #GP(0).</summary>
    [Manual("2B", "4.3", "STI—Set Interrupt Flag")]
    private static Outcome Set(Processor p, in Operation op)
    {
        Target target = TargetOf(p);
        if (target == Target.Refused || target == Target.Virtual && (p.SystemFlags & Eflags.VIP) != 0)
            return p.Fault(ExceptionVector.GeneralProtection, 0);
        if (target == Target.Virtual)
        {
            p.SystemFlags |= Eflags.VIF;
            return Outcome.Continue;
        }

        if ((p.SystemFlags & Eflags.IF) != 0) return Outcome.Continue;
        p.SystemFlags |= Eflags.IF;
        p.Shadow = InterruptShadow.Sti;
        p.RequestAttention();
        return Outcome.Leave;
    }

    /// <summary>Waits for an interrupt with RIP at the next instruction.</summary>
    [Manual("2A", "3.3", "HLT—Halt")]
    private static Outcome Halt(Processor p, in Operation op)
    {
        if (!Privilege.RequireZero(p)) return Outcome.Stop;
        if (p.Vmx.NonRoot && Intercepts.Hlt(p, op)) return Outcome.Stop;
        p.Activity = ActivityState.Hlt;
        p.RequestAttention();
        return Outcome.Leave;
    }

    [Manual("3B", "21.3", "Interrupt and Exception Handling in Virtual-8086 Mode")]
    [Manual("3B", "21.4", "Protected-Mode Virtual Interrupts")]
    private static Target TargetOf(Processor p)
    {
        if (p.Cpl <= p.IoPrivilegeLevel) return Target.Real;
        ulong enable = p.Virtual8086 ? Cr4.VME : Cr4.PVI;
        return p.Cpl == 3 && (p.ControlRegister4 & enable) != 0 ? Target.Virtual : Target.Refused;
    }
}
