using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>What follows from an instruction's address size: how offsets wrap, and which of CX, ECX and RCX counts.</summary>
[Manual("1", "3.6", "Operand-Size and Address-Size Attributes")]
internal static class AddressSizes
{
    /// <summary>ANDed to an offset.</summary>
    public static ulong Mask(in Operation op) => op.AddressSize switch { 2 => ushort.MaxValue, 4 => uint.MaxValue, _ => ulong.MaxValue };

    /// <summary>Sets a register that holds an address or a count: 16-bit writes keep the upper bits, 32-bit writes clear them.</summary>
    public static void Set(Processor p, in Operation op, byte register, ulong value)
    {
        if (op.AddressSize == 2) p.Set(register, (ushort)value);
        else p.Set(register, value & Mask(op));
    }
}
