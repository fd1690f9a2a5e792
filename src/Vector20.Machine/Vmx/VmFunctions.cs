using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Vmx;

/// <summary>VMFUNC: what a guest may ask of the processor without an exit.</summary>
[Manual("3C", "26.5.6", "VM Functions")]
internal static class VmFunctions
{
    private const uint Functions = 64, ListEntries = 512;

    /// <summary>VMFUNC, at any CPL. #UD outside non-root operation and where there is no such function; an exit where it is not enabled.</summary>
    [Manual("3C", "26.5.6.2", "General Operation of the VMFUNC Instruction")]
    public static Outcome Execute(Processor p, in Operation op)
    {
        uint function = p.Get<uint>(Register.Rax);
        if (!p.Vmx.Has(SecondaryControls.EnableVmFunctions) || function >= Functions) return p.Fault(ExceptionVector.InvalidOpcode);
        bool enabled = (p.Vmx.Vmcs[VmcsField.VmFunctionControls] >> (int)function & 1) != 0;
        return enabled && SwitchEptPointer(p) ? Outcome.Leave : Exit(p, op);
    }

    /// <summary>Function 0: ECX chooses an EPT pointer from the list. It also becomes the EPTP index, which #VE reports.</summary>
    [Manual("3C", "26.5.6.3", "EPTP Switching")]
    private static bool SwitchEptPointer(Processor p)
    {
        uint index = p.Get<uint>(Register.Rcx);
        if (index >= ListEntries) return false;
        ulong pointer = p.Computer.Memory.Read<ulong>(new PhysicalAddress(p.Vmx.Vmcs[VmcsField.EptpListAddress] + 8 * index));
        if (!ExecutionControlChecks.IsEptPointer(p, pointer)) return false;
        p.Vmx.Vmcs[VmcsField.EptPointer] = pointer;
        p.Vmx.Vmcs[VmcsField.EptpIndex] = index;
        p.FlushTlb();
        return true;
    }

    private static Outcome Exit(Processor p, in Operation op)
    {
        VmExits.Record(p, new VmExit(ExitReason.Vmfunc, InstructionLength: op.Length));
        return Outcome.Stop;
    }
}
