namespace Vector20.Machine.Processors;

/// <summary>The bits of RFLAGS.</summary>
[Manual("1", "3.4.3", "EFLAGS Register")]
public static class Eflags
{
#pragma warning disable CS1591 // The manual's own names.
    public const uint CF = 1 << 0, PF = 1 << 2, AF = 1 << 4, ZF = 1 << 6, SF = 1 << 7, TF = 1 << 8, IF = 1 << 9, DF = 1 << 10,
        OF = 1 << 11, IOPL = 3 << 12, NT = 1 << 14, RF = 1 << 16, VM = 1 << 17, AC = 1 << 18, VIF = 1 << 19, VIP = 1 << 20, ID = 1 << 21;
#pragma warning restore CS1591

    /// <summary>Bit 1, which always reads 1.</summary>
    public const uint AlwaysOne = 1 << 1;

    /// <summary>CF, PF, AF, ZF, SF and OF.</summary>
    public const uint Status = CF | PF | AF | ZF | SF | OF;

    /// <summary>Every bit that is not reserved.</summary>
    public const uint All = Status | TF | IF | DF | IOPL | NT | RF | VM | AC | VIF | VIP | ID;
}
