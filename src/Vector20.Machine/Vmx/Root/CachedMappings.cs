using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Vmx;

/// <summary>INVEPT and INVVPID in root operation: a type in a register, a descriptor of 16 bytes in memory.</summary>
internal static class CachedMappings
{
    private const ulong LastInvvpidType = 3;

    /// <summary>INVEPT. A type that there is not fails before the descriptor is read.</summary>
    [Manual("3C", "31.3", "INVEPT—Invalidate Translations Derived from EPT")]
    public static Outcome Invept(Processor p, in Operation op)
    {
        ulong type = TypeOf(p, op);
        if (type is not (1 or 2)) return End(p, false);
        if (!Descriptor(p, op, out ulong low, out ulong high)) return Outcome.Stop;
        return End(p, TranslationInvalidation.Invept(p, type, new EptPointer(low), high));
    }

    /// <summary>INVVPID. It too looks at the type first.</summary>
    [Manual("3C", "31.3", "INVVPID—Invalidate Translations Based on VPID")]
    public static Outcome Invvpid(Processor p, in Operation op)
    {
        ulong type = TypeOf(p, op);
        if (type > LastInvvpidType) return End(p, false);
        if (!Descriptor(p, op, out ulong low, out ulong high)) return Outcome.Stop;
        return End(p, TranslationInvalidation.Invvpid(p, type, low, high));
    }

    private static ulong TypeOf(Processor p, in Operation op) => p.Is64Bit ? p.Get<ulong>(op.Destination) : p.Get<uint>(op.Destination);

    private static bool Descriptor(Processor p, in Operation op, out ulong low, out ulong high)
    {
        ulong address = p.EffectiveAddress(op);
        high = 0;
        return p.Read(op.Segment, address, out low) && p.Read(op.Segment, address + 8, out high);
    }

    private static Outcome End(Processor p, bool valid)
    {
        if (!valid) return VmxResult.Fail(p, VmInstructionError.InvalidOperandToInveptInvvpid);
        VmxResult.Succeed(p);
        return Outcome.Leave;
    }
}
