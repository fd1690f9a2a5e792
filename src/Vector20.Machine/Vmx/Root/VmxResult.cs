using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>How a VMX instruction of a host in machine code ends, as it says in RFLAGS. Each clears the five other status flags.</summary>
[Manual("3C", "31.2", "Conventions")]
internal static class VmxResult
{
    /// <summary>VMsucceed: no status flag is 1.</summary>
    public static Outcome Succeed(Processor p) => Set(p, 0);

    /// <summary>VMfailInvalid: CF is 1. There is no VMCS to hold an error number.</summary>
    public static Outcome FailInvalid(Processor p) => Set(p, Eflags.CF);

    /// <summary>VMfailValid: ZF is 1, and the current VMCS gets the error number.</summary>
    public static Outcome FailValid(Processor p, VmInstructionError error)
    {
        p.Vmx.Vmcs[VmcsField.VmInstructionError] = (ulong)error;
        return Set(p, Eflags.ZF);
    }

    /// <summary>VMfail: VMfailValid if there is a current VMCS, else VMfailInvalid.</summary>
    public static Outcome Fail(Processor p, VmInstructionError error) =>
        p.Vmx.CurrentPointer == VmxState.NoPointer ? FailInvalid(p) : FailValid(p, error);

    /// <summary>VMfailValid of an access to a shadow VMCS, which holds the error number in its place.</summary>
    public static Outcome FailShadow(Processor p, VmInstructionError error)
    {
        VmcsRegion.Write(p.Computer.Memory, p.Vmx.Vmcs[VmcsField.VmcsLinkPointer], VmcsField.VmInstructionError, (ulong)error);
        return Set(p, Eflags.ZF);
    }

    private static Outcome Set(Processor p, uint flags)
    {
        p.Flags.Value = flags;
        return Outcome.Continue;
    }
}
