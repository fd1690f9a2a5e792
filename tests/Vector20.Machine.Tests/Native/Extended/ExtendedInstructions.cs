using Iced.Intel;

namespace Vector20.Machine.Tests.Native;

/// <summary>The instructions on x87, MMX, XMM and YMM registers, by the CPUID features that Iced names for each.</summary>
internal static class ExtendedInstructions
{
    private static readonly string[] s_special =
    [
        "aes", "vaes", "pclmul", "vpclmul", "pcmpestr", "pcmpistr", "vpcmpestr", "vpcmpistr", "vgather", "vpgather", "maskmov", "vmaskmov", "vpmaskmov",
    ];

    private static readonly string[] s_float =
    [
        "add", "sub", "mul", "div", "sqrt", "min", "max", "cmp", "comi", "ucomi", "hadd", "hsub", "addsub", "dpp", "round", "rcp", "rsqrt", "cvt", "cvtt", "fm", "fnm",
    ];

    /// <summary>Where CPUID reports each feature: leaf, register, bit.</summary>
    public static readonly Dictionary<CpuidFeature, (int Leaf, int Register, int Bit)> Features = new()
    {
        [CpuidFeature.FPU] = (1, 3, 0), [CpuidFeature.FPU287] = (1, 3, 0), [CpuidFeature.FPU387] = (1, 3, 0), [CpuidFeature.MMX] = (1, 3, 23),
        [CpuidFeature.SSE] = (1, 3, 25), [CpuidFeature.SSE2] = (1, 3, 26), [CpuidFeature.SSE3] = (1, 2, 0), [CpuidFeature.SSSE3] = (1, 2, 9),
        [CpuidFeature.SSE4_1] = (1, 2, 19), [CpuidFeature.SSE4_2] = (1, 2, 20), [CpuidFeature.AES] = (1, 2, 25), [CpuidFeature.PCLMULQDQ] = (1, 2, 1),
        [CpuidFeature.AVX] = (1, 2, 28), [CpuidFeature.AVX2] = (7, 1, 5), [CpuidFeature.FMA] = (1, 2, 12), [CpuidFeature.F16C] = (1, 2, 29),
    };

    /// <summary>Whether an opcode is one of them. Opcodes that no manual has, and that only repeat others, are left out.</summary>
    public static bool Contains(OpCodeInfo op)
    {
        if (op.Encoding is not (EncodingKind.Legacy or EncodingKind.VEX) || Mnemonics.Contains(op.Mnemonic) && !HasVectors(op)) return false;
        if (op.Mnemonic == Mnemonic.Fstpnce || op.Code is Code.Fstp_sti_DFD0 or Code.Fstp_sti_DFD8 or Code.Ffreep_sti) return false;
        bool any = false;
        foreach (CpuidFeature feature in op.Code.CpuidFeatures())
        {
            if (feature == CpuidFeature.CMOV) continue;
            if (!Features.ContainsKey(feature)) return false;
            any = true;
        }

        return any;
    }

    /// <summary>The group of an opcode, by its mnemonic.</summary>
    public static InstructionGroup GroupOf(OpCodeInfo op)
    {
        if (op.Code.CpuidFeatures().Any(feature => feature is CpuidFeature.FPU or CpuidFeature.FPU287 or CpuidFeature.FPU387)) return InstructionGroup.X87;
        string name = op.Mnemonic.ToString().ToLowerInvariant(), bare = name.StartsWith('v') ? name[1..] : name;
        if (s_special.Any(start => name.StartsWith(start, StringComparison.Ordinal))) return InstructionGroup.Special;
        return s_float.Any(start => bare.StartsWith(start, StringComparison.Ordinal)) ? InstructionGroup.Float : InstructionGroup.Integer;
    }

    /// <summary>MOVSD is two instructions.</summary>
    private static bool HasVectors(OpCodeInfo op)
    {
        for (int i = 0; i < op.OpCount; i++)
            if (op.GetOpKind(i).ToString().Contains("mm", StringComparison.Ordinal)) return true;
        return false;
    }
}

/// <summary>What a comparison is about.</summary>
public enum InstructionGroup
{
    /// <summary>General-purpose instructions.</summary>
    General,

    /// <summary>Moves, shuffles and packed integers.</summary>
    Integer,

    /// <summary>AES, string comparisons, gathers, masked moves.</summary>
    Special,

    /// <summary>SIMD floating-point numbers.</summary>
    Float,

    /// <summary>The x87 FPU.</summary>
    X87,
}
