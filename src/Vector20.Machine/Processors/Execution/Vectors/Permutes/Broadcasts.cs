using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>VBROADCAST and VPBROADCAST: one element to all.</summary>
[Manual("2C", "5.3", "VBROADCAST—Load with Broadcast Floating-Point Data")]
[Manual("2C", "5.3", "VPBROADCAST—Load Integer and Broadcast")]
internal static unsafe class Broadcasts
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Vpbroadcastb => Bind<byte>(i),
        Mnemonic.Vpbroadcastw => Bind<ushort>(i),
        Mnemonic.Vpbroadcastd or Mnemonic.Vbroadcastss => Bind<uint>(i),
        Mnemonic.Vpbroadcastq or Mnemonic.Vbroadcastsd => Bind<ulong>(i),
        Mnemonic.Vbroadcastf128 or Mnemonic.Vbroadcasti128 => Bind<Vector128<byte>>(i),
        _ => null,
    };

    private static Handler Bind<T>(in Instruction i) where T : unmanaged => (Encodings.Of(i), Encodings.HasMemory(i)) switch
    {
        (VectorEncoding.Vex128, false) => &Broadcast<T, InSource, Vector128<byte>>,
        (VectorEncoding.Vex128, true) => &Broadcast<T, Part<T>, Vector128<byte>>,
        (_, false) => &Broadcast<T, InSource, Vector256<byte>>,
        (_, true) => &Broadcast<T, Part<T>, Vector256<byte>>,
    };

    private static Outcome Broadcast<T, TSource, TVector>(Processor p, in Operation op) where T : unmanaged where TSource : struct, ISource where TVector : unmanaged
    {
        if (!p.UseAvx() || !TSource.Get(p, op, out Vector128<byte> source)) return Outcome.Stop;
        Vector256<byte> result = default;
        for (int i = 0; i < Unsafe.SizeOf<TVector>() / Unsafe.SizeOf<T>(); i++)
            Lanes.At<T, Vector256<byte>>(ref result, i) = Lanes.At<T, Vector128<byte>>(ref source, 0);
        p.Ymm(op.Destination) = result;
        return Outcome.Continue;
    }
}
