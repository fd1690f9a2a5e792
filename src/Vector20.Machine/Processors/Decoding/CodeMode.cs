namespace Vector20.Machine.Processors.Decoding;

/// <summary>The width of code that CS selects: what the same bytes mean.</summary>
internal enum CodeMode : byte
{
    /// <summary>16-bit: real mode, virtual-8086 mode, or CS.D = 0.</summary>
    Bits16,

    /// <summary>32-bit: CS.D = 1 in protected or compatibility mode.</summary>
    Bits32,

    /// <summary>64-bit mode: CS.L = 1 in IA-32e mode.</summary>
    Bits64,
}
