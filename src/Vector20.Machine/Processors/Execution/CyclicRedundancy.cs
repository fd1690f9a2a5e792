using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>CRC32, over the polynomial 11EDC6F41H.</summary>
[Manual("2A", "3.3", "CRC32—Accumulate CRC32 Value")]
internal static unsafe class CyclicRedundancy
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Code switch
    {
        Code.Crc32_r32_rm8 or Code.Crc32_r64_rm8 => Bind<byte>(i),
        Code.Crc32_r32_rm16 => Bind<ushort>(i),
        Code.Crc32_r32_rm32 => Bind<uint>(i),
        Code.Crc32_r64_rm64 => Bind<ulong>(i),
        _ => null,
    };

    private static Handler Bind<T>(in Instruction i) where T : unmanaged, IBinaryInteger<T> => i.Op1Kind == OpKind.Register ? &FromRegister<T> : &FromMemory<T>;

    private static Outcome FromRegister<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T> => Accumulate(p, op, p.Get<T>(op.Source));

    private static Outcome FromMemory<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T> =>
        p.Load(op, out T data) ? Accumulate(p, op, data) : Outcome.Stop;

    private static Outcome Accumulate<T>(Processor p, in Operation op, T data) where T : unmanaged, IBinaryInteger<T>
    {
        uint crc = p.Get<uint>(op.Destination);
        ulong bits = ulong.CreateTruncating(data);
        p.Set(op.Destination, sizeof(T) switch
        {
            1 => BitOperations.Crc32C(crc, (byte)bits),
            2 => BitOperations.Crc32C(crc, (ushort)bits),
            4 => BitOperations.Crc32C(crc, (uint)bits),
            _ => BitOperations.Crc32C(crc, bits),
        });
        return Outcome.Continue;
    }
}
