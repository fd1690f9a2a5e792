namespace Vector20.Machine.Processors.Msrs;

/// <summary>What WRMSR checks of a value beside its reserved bits.</summary>
internal enum MsrRule : byte
{
    /// <summary>Nothing more.</summary>
    None,

    /// <summary>The register cannot be written: #GP(0).</summary>
    ReadOnly,

    /// <summary>The register cannot be read: #GP(0). A write is a command that leaves nothing behind.</summary>
    WriteOnly,

    /// <summary>The value is a canonical linear address.</summary>
    Canonical,

    /// <summary>Each byte is a memory type that the PAT may hold.</summary>
    PatTypes,

    /// <summary>Each byte is a memory type that an MTRR may hold.</summary>
    MtrrTypes,

    /// <summary>The lowest byte is a memory type that an MTRR may hold.</summary>
    MtrrType,

    /// <summary>Once bit 0 is 1 every write is #GP(0).</summary>
    Lockable,
}

/// <summary>An MSR that is storage and no more.</summary>
/// <param name="Index">Its address.</param>
/// <param name="Reset">Its value after power-up.</param>
/// <param name="Writable">The bits that may be changed; a write of 1 to any other is #GP(0).</param>
/// <param name="Rule">What else is checked.</param>
internal readonly record struct MsrDefinition(uint Index, ulong Reset, ulong Writable, MsrRule Rule = MsrRule.None);
