using System.Runtime.Intrinsics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>PCMPESTRI, PCMPESTRM, PCMPISTRI and PCMPISTRM, legacy and VEX. Their memory operand may have any alignment.</summary>
[Manual("2B", "4.1", "Imm8 Control Byte Operation for PCMPESTRI/PCMPESTRM/PCMPISTRI/PCMPISTRM")]
internal static unsafe class StringInstructions
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Pcmpistri => Bind<Implicit, ToIndex, Legacy>(i),
        Mnemonic.Pcmpistrm => Bind<Implicit, ToMask, Legacy>(i),
        Mnemonic.Pcmpestri => Bind<Explicit<int>, ToIndex, Legacy>(i),
        Mnemonic.Pcmpestrm => Bind<Explicit<int>, ToMask, Legacy>(i),
        Mnemonic.Pcmpestri64 => Bind<Explicit<long>, ToIndex, Legacy>(i),
        Mnemonic.Pcmpestrm64 => Bind<Explicit<long>, ToMask, Legacy>(i),
        Mnemonic.Vpcmpistri => Bind<Implicit, ToIndex, Vex>(i),
        Mnemonic.Vpcmpistrm => Bind<Implicit, ToMask, Vex>(i),
        Mnemonic.Vpcmpestri => Bind<Explicit<int>, ToIndex, Vex>(i),
        Mnemonic.Vpcmpestrm => Bind<Explicit<int>, ToMask, Vex>(i),
        Mnemonic.Vpcmpestri64 => Bind<Explicit<long>, ToIndex, Vex>(i),
        Mnemonic.Vpcmpestrm64 => Bind<Explicit<long>, ToMask, Vex>(i),
        _ => null,
    };

    private static Handler Bind<TLengths, TOutput, TEncoding>(in Instruction i)
        where TLengths : struct, ILengths where TOutput : struct, IOutput where TEncoding : struct, IEncoding =>
        Encodings.HasMemory(i) ? &Execute<TLengths, TOutput, TEncoding, Whole> : &Execute<TLengths, TOutput, TEncoding, InSource>;

    private static Outcome Execute<TLengths, TOutput, TEncoding, TSource>(Processor p, in Operation op)
        where TLengths : struct, ILengths where TOutput : struct, IOutput where TEncoding : struct, IEncoding where TSource : struct, ISource
    {
        if (!TEncoding.Use(p) || !TSource.Get(p, op, out Vector128<byte> second)) return Outcome.Stop;
        var comparison = new StringComparison((byte)op.Immediate);
        Vector128<byte> first = p.Xmm(op.Destination);
        int firstLength = TLengths.Of(p, comparison, first, Register.Rax), secondLength = TLengths.Of(p, comparison, second, Register.Rdx);
        uint result = comparison.Compare(first, firstLength, second, secondLength);
        p.Flags.Value = (result != 0 ? Eflags.CF : 0) | (secondLength < comparison.Count ? Eflags.ZF : 0)
            | (firstLength < comparison.Count ? Eflags.SF : 0) | ((result & 1) != 0 ? Eflags.OF : 0);
        if (TOutput.IsIndex) p.Set(Register.Rcx, (uint)comparison.Index(result));
        else TEncoding.Set(p, comparison.Mask(result));
        return Outcome.Continue;
    }

    /// <summary>How long the strings are.</summary>
    private interface ILengths
    {
        static abstract int Of(Processor p, StringComparison comparison, Vector128<byte> text, byte register);
    }

    private readonly struct Implicit : ILengths
    {
        public static int Of(Processor p, StringComparison comparison, Vector128<byte> text, byte register) => comparison.ImplicitLength(text);
    }

    /// <summary>The absolute value of a register, as many as fit.</summary>
    private readonly struct Explicit<T> : ILengths where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        public static int Of(Processor p, StringComparison comparison, Vector128<byte> text, byte register) =>
            (int)UInt128.Min((UInt128)Int128.Abs(Int128.CreateTruncating(p.Get<T>(register))), (UInt128)comparison.Count);
    }

    private interface IOutput
    {
        static abstract bool IsIndex { get; }
    }

    private readonly struct ToIndex : IOutput
    {
        public static bool IsIndex => true;
    }

    private readonly struct ToMask : IOutput
    {
        public static bool IsIndex => false;
    }

    private interface IEncoding
    {
        static abstract bool Use(Processor p);

        static abstract void Set(Processor p, Vector128<byte> mask);
    }

    private readonly struct Legacy : IEncoding
    {
        public static bool Use(Processor p) => p.UseSse();

        public static void Set(Processor p, Vector128<byte> mask) => p.Xmm(0) = mask;
    }

    private readonly struct Vex : IEncoding
    {
        public static bool Use(Processor p) => p.UseAvx();

        public static void Set(Processor p, Vector128<byte> mask) => p.SetXmm(0, mask);
    }
}
