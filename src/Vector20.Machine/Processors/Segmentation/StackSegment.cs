using System.Runtime.CompilerServices;
using Vector20.Machine.Events;

namespace Vector20.Machine.Processors.Segmentation;

/// <summary>The checks of a stack segment, which MOV SS, changes of privilege and returns to an outer level share.</summary>
[Manual("3A", "5.7", "Privilege Level Checking When Loading the SS Register")]
internal static class StackSegment
{
    /// <summary>
    /// Whether a non-null selector names a present writable data segment whose RPL and DPL are the privilege level. Else
    /// <paramref name="vector"/>(selector + EXT); #SS(selector + EXT) if it is not present. Sets the accessed bit.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Check(Processor p, Selector selector, int privilege, ExceptionVector vector, uint external, out Descriptor descriptor)
    {
        if (!DescriptorTables.Fetch(p, selector, out descriptor, vector, external)) return false;
        bool suits = selector.Rpl == privilege && descriptor.Dpl == privilege && descriptor.IsWritableData;
        if (!suits) return p.Refuse(vector, selector.ErrorCode | external);
        if (!descriptor.Present) return p.Refuse(ExceptionVector.StackFault, selector.ErrorCode | external);
        return DescriptorTables.MarkAccessed(p, descriptor);
    }
}
