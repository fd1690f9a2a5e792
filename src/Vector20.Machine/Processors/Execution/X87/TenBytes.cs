using System.Runtime.InteropServices;

namespace Vector20.Machine.Processors.Execution.X87;

/// <summary>The ten bytes that an extended-precision number or a packed decimal integer has in memory.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct TenBytes(ulong Low, ushort High)
{
    public static TenBytes Of(in Extended80 value) => new(value.Significand, (ushort)value.SignExponent);

    public Extended80 Value => new(Low, High);
}
