namespace Vector20.Machine.Processors.Numbers;

/// <summary>The rounding-control field.</summary>
[Manual("1", "4.8.4", "Rounding")]
internal enum Rounding : byte
{
    Nearest = 0,
    Down = 1,
    Up = 2,
    TowardZero = 3,
}

/// <summary>The exception flags, as MXCSR and the x87 status word have them.</summary>
[Flags]
[Manual("1", "4.9.1", "Floating-Point Exception Conditions")]
internal enum FloatExceptions : byte
{
    None = 0,
    Invalid = 1,
    Denormal = 2,
    ZeroDivide = 4,
    Overflow = 8,
    Underflow = 16,
    Precision = 32,

    /// <summary>Those found before anything is computed.</summary>
    BeforeComputation = Invalid | Denormal | ZeroDivide,
}

/// <summary>What arithmetic is done under, and the exceptions it meets.</summary>
internal struct FloatContext
{
    public Rounding Rounding;
    public FloatExceptions Masked;
    public FloatExceptions Raised;

    /// <summary>MXCSR.DAZ: denormal operands count as 0.</summary>
    public bool DenormalsAreZeros;

    /// <summary>MXCSR.FTZ: tiny results become 0.</summary>
    public bool FlushesToZero;

    /// <summary>Bits that a result in the extended format is rounded to; 0 for all of them.</summary>
    public int PrecisionControl;

    /// <summary>Whether unmasked overflow and underflow give a result with a scaled exponent, as they do in x87 registers.</summary>
    public bool ScalesExponents;

    /// <summary>Whether the last rounding made the magnitude greater.</summary>
    public bool RoundedUp;

    /// <summary>Whether an exception is raised and not masked.</summary>
    public readonly bool Faults => (Raised & ~Masked) != 0;

    public readonly bool Unmasks(FloatExceptions exception) => (Masked & exception) == 0;
}
