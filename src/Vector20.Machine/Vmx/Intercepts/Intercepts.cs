using System.Runtime.CompilerServices;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Vmx;

/// <summary>
/// Which instructions cause VM exits. Each function is asked by the instruction's semantics, in non-root operation only, at the point where
/// the manual puts the exit among the instruction's faults; it answers true when the instruction exits, and has recorded the exit.
/// </summary>
[Manual("3C", "26.1.2", "Instructions That Cause VM Exits Unconditionally")]
[Manual("3C", "26.1.3", "Instructions That Cause VM Exits Conditionally")]
internal static partial class Intercepts
{
    /// <summary>CPUID always exits.</summary>
    public static bool Cpuid(Processor p, in Operation op) => Exit(p, op, ExitReason.Cpuid);

    /// <summary>INVD always exits.</summary>
    public static bool Invd(Processor p, in Operation op) => Exit(p, op, ExitReason.Invd);

    /// <summary>XSETBV always exits.</summary>
    public static bool Xsetbv(Processor p, in Operation op) => Exit(p, op, ExitReason.Xsetbv);

    /// <summary>RSM outside SMM always exits.</summary>
    public static bool Rsm(Processor p, in Operation op) => Exit(p, op, ExitReason.Rsm);

    /// <summary>HLT.</summary>
    public static bool Hlt(Processor p, in Operation op) => When(p, op, ProcessorBasedControls.HltExiting, ExitReason.Hlt);

    /// <summary>RDPMC.</summary>
    public static bool Rdpmc(Processor p, in Operation op) => When(p, op, ProcessorBasedControls.RdpmcExiting, ExitReason.Rdpmc);

    /// <summary>RDTSC.</summary>
    public static bool Rdtsc(Processor p, in Operation op) => When(p, op, ProcessorBasedControls.RdtscExiting, ExitReason.Rdtsc);

    /// <summary>RDTSCP, once "enable RDTSCP" has been found 1 (else it is #UD: <see cref="VmxState.Withholds"/>).</summary>
    public static bool Rdtscp(Processor p, in Operation op) => When(p, op, ProcessorBasedControls.RdtscExiting, ExitReason.Rdtscp);

    /// <summary>MONITOR.</summary>
    public static bool Monitor(Processor p, in Operation op) => When(p, op, ProcessorBasedControls.MonitorExiting, ExitReason.Monitor);

    /// <summary>MWAIT. The qualification says whether the address-range monitor is armed.</summary>
    public static bool Mwait(Processor p, in Operation op, bool armed) =>
        When(p, op, ProcessorBasedControls.MwaitExiting, ExitReason.Mwait, armed ? 1ul : 0);

    /// <summary>WBINVD and WBNOINVD.</summary>
    public static bool Wbinvd(Processor p, in Operation op) => When(p, op, SecondaryControls.WbinvdExiting, ExitReason.WbinvdOrWbnoinvd);

    /// <summary>INVLPG of a linear address.</summary>
    public static bool Invlpg(Processor p, in Operation op, ulong linear) => When(p, op, ProcessorBasedControls.InvlpgExiting, ExitReason.Invlpg, linear);

    /// <summary>INVPCID, once "enable INVPCID" has been found 1.</summary>
    public static bool Invpcid(Processor p, in Operation op) =>
        Has(p, ProcessorBasedControls.InvlpgExiting) && ExitWithMemoryOperand(p, op, ExitReason.Invpcid, InstructionInformation.OfMemoryAndRegister(op));

    /// <summary>RDRAND.</summary>
    public static bool Rdrand(Processor p, in Operation op) =>
        Has(p, SecondaryControls.RdrandExiting) && Exit(p, op, ExitReason.Rdrand, 0, InstructionInformation.OfRandom(op));

    /// <summary>RDSEED.</summary>
    public static bool Rdseed(Processor p, in Operation op) =>
        Has(p, SecondaryControls.RdseedExiting) && Exit(p, op, ExitReason.Rdseed, 0, InstructionInformation.OfRandom(op));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Has(Processor p, ProcessorBasedControls control) => (p.Vmx.ProcessorBased & control) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Has(Processor p, SecondaryControls control) => (p.Vmx.Secondary & control) != 0;

    private static bool When(Processor p, in Operation op, ProcessorBasedControls control, ExitReason reason, ulong qualification = 0) =>
        Has(p, control) && Exit(p, op, reason, qualification);

    private static bool When(Processor p, in Operation op, SecondaryControls control, ExitReason reason) => Has(p, control) && Exit(p, op, reason);

    private static bool Exit(Processor p, in Operation op, ExitReason reason, ulong qualification = 0, uint information = 0, ulong linear = 0)
    {
        p.Exit = new VmExit(reason, qualification, op.Length, information, linear);
        p.StopReason = StopReason.VmExit;
        return true;
    }

    /// <summary>An exit whose qualification is the displacement of the memory operand; with RIP-relative addressing RIP is added.</summary>
    [Manual("3C", "28.2.1", "Basic VM-Exit Information")]
    private static bool ExitWithMemoryOperand(Processor p, in Operation op, ExitReason reason, uint information)
    {
        ulong displacement = op.Destination != Register.None && op.Source != Register.None ? 0 : (ulong)(long)op.Displacement;
        if (op.Base == Register.BlockRip) displacement += p.Rip;
        return Exit(p, op, reason, displacement, information);
    }
}
