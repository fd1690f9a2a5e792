using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>Logical operations on whole vectors, and packed integer comparisons.</summary>
[Manual("1", "9.4.6", "Logical Instructions")]
[Manual("1", "9.4.3", "Comparison Instructions")]
internal static class PackedLogic
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static unsafe Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Pand or Mnemonic.Vpand or Mnemonic.Andps or Mnemonic.Andpd or Mnemonic.Vandps or Mnemonic.Vandpd => PackedForms.Bind<And>(i),
        Mnemonic.Pandn or Mnemonic.Vpandn or Mnemonic.Andnps or Mnemonic.Andnpd or Mnemonic.Vandnps or Mnemonic.Vandnpd => PackedForms.Bind<AndNot>(i),
        Mnemonic.Por or Mnemonic.Vpor or Mnemonic.Orps or Mnemonic.Orpd or Mnemonic.Vorps or Mnemonic.Vorpd => PackedForms.Bind<Or>(i),
        Mnemonic.Pxor or Mnemonic.Vpxor or Mnemonic.Xorps or Mnemonic.Xorpd or Mnemonic.Vxorps or Mnemonic.Vxorpd => PackedForms.Bind<Xor>(i),
        Mnemonic.Pcmpeqb or Mnemonic.Vpcmpeqb => PackedForms.Bind<Equal<byte>>(i),
        Mnemonic.Pcmpeqw or Mnemonic.Vpcmpeqw => PackedForms.Bind<Equal<ushort>>(i),
        Mnemonic.Pcmpeqd or Mnemonic.Vpcmpeqd => PackedForms.Bind<Equal<uint>>(i),
        Mnemonic.Pcmpeqq or Mnemonic.Vpcmpeqq => PackedForms.Bind<Equal<ulong>>(i),
        Mnemonic.Pcmpgtb or Mnemonic.Vpcmpgtb => PackedForms.Bind<Greater<sbyte>>(i),
        Mnemonic.Pcmpgtw or Mnemonic.Vpcmpgtw => PackedForms.Bind<Greater<short>>(i),
        Mnemonic.Pcmpgtd or Mnemonic.Vpcmpgtd => PackedForms.Bind<Greater<int>>(i),
        Mnemonic.Pcmpgtq or Mnemonic.Vpcmpgtq => PackedForms.Bind<Greater<long>>(i),
        _ => null,
    };

    private readonly struct And : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => left & right;
    }

    private readonly struct AndNot : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => ~left & right;
    }

    private readonly struct Or : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => left | right;
    }

    private readonly struct Xor : IPacked
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => left ^ right;
    }

    private readonly struct Equal<T> : IPacked where T : unmanaged
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => Vector128.Equals(left.As<byte, T>(), right.As<byte, T>()).AsByte();
    }

    private readonly struct Greater<T> : IPacked where T : unmanaged
    {
        public static Vector128<byte> Compute(Vector128<byte> left, Vector128<byte> right) => Vector128.GreaterThan(left.As<byte, T>(), right.As<byte, T>()).AsByte();
    }
}
