namespace Vector20.Machine.Processors;

/// <summary>The extended registers of a processor. A fork shares them with the original until one of the two uses them.</summary>
internal sealed class ExtendedRegisters(in ExtendedRegisterFile file, Processor? owner)
{
    public ExtendedRegisterFile File = file;

    /// <summary>The one processor that may change them. Without an owner they never change again.</summary>
    public Processor? Owner = owner;

    /// <summary>What every processor begins with.</summary>
    public static ExtendedRegisters PowerUp { get; } = new(ExtendedRegisterFile.PowerUp, null);
}

/// <summary>What of the extended registers instructions may use now without asking further.</summary>
[Flags]
internal enum Usable : byte
{
    /// <summary>Nothing is known.</summary>
    None = 0,

    /// <summary>Legacy SSE instructions.</summary>
    Sse = 1,

    /// <summary>VEX-encoded vector instructions.</summary>
    Avx = 2,

    /// <summary>x87 and MMX instructions, unless an x87 exception is pending.</summary>
    X87 = 4,
}
