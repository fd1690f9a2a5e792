using System.Runtime.InteropServices;

namespace Vector20.Machine.Platform.Interrupts;

/// <summary>What comes next while an 8259A is being initialized.</summary>
internal enum PicInitialization : byte
{
    /// <summary>It is initialized.</summary>
    Done,

    /// <summary>ICW2: the vector base.</summary>
    VectorBase,

    /// <summary>ICW3: the cascade.</summary>
    Cascade,

    /// <summary>ICW4.</summary>
    Mode,
}

/// <summary>Everything one 8259A remembers.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct PicState
{
    public PicInitialization Initialization;

    /// <summary>Interrupt request, in-service and mask registers; the levels of the inputs; the edge/level control register.</summary>
    public byte Requested, InService, Mask, Levels, LevelTriggered;

    /// <summary>The vector of input 0.</summary>
    public byte VectorBase;

    /// <summary>The input with the lowest priority; the next one has the highest.</summary>
    public byte LowestPriority;

    public bool IsMaster, NeedsMode, Single, AutomaticEnd, RotatesOnAutomaticEnd, SpecialMask, SpecialFullyNested, ReadsInService, Polls;
}

/// <summary>Everything the two of a PC remember.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct PicPairState
{
    public PicState Master, Slave;

    /// <summary>INTR.</summary>
    public bool Output;
}
