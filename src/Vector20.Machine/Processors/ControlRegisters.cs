namespace Vector20.Machine.Processors;

#pragma warning disable CS1591 // The manual's own names.

/// <summary>The bits of CR0.</summary>
[Manual("3A", "2.5", "Control Registers")]
public static class Cr0
{
    public const ulong PE = 1ul << 0, MP = 1ul << 1, EM = 1ul << 2, TS = 1ul << 3, ET = 1ul << 4, NE = 1ul << 5,
        WP = 1ul << 16, AM = 1ul << 18, NW = 1ul << 29, CD = 1ul << 30, PG = 1ul << 31;

    public const ulong Defined = PE | MP | EM | TS | ET | NE | WP | AM | NW | CD | PG;
}

/// <summary>The bits of CR4.</summary>
[Manual("3A", "2.5", "Control Registers")]
public static class Cr4
{
    public const ulong VME = 1ul << 0, PVI = 1ul << 1, TSD = 1ul << 2, DE = 1ul << 3, PSE = 1ul << 4, PAE = 1ul << 5, MCE = 1ul << 6,
        PGE = 1ul << 7, PCE = 1ul << 8, OSFXSR = 1ul << 9, OSXMMEXCPT = 1ul << 10, UMIP = 1ul << 11, LA57 = 1ul << 12, VMXE = 1ul << 13,
        SMXE = 1ul << 14, FSGSBASE = 1ul << 16, PCIDE = 1ul << 17, OSXSAVE = 1ul << 18, SMEP = 1ul << 20, SMAP = 1ul << 21,
        PKE = 1ul << 22, CET = 1ul << 23, PKS = 1ul << 24;
}

/// <summary>The bits of IA32_EFER.</summary>
[Manual("3A", "2.2.1", "Extended Feature Enable Register")]
public static class Efer
{
    public const ulong SCE = 1ul << 0, LME = 1ul << 8, LMA = 1ul << 10, NXE = 1ul << 11;
}

/// <summary>The bits of DR6. Bits 11:4 and 31:16 (less 16) read as 1; bit 16 is active low.</summary>
[Manual("3B", "18.2.3", "Debug Status Register (DR6)")]
public static class Dr6
{
    public const ulong B0 = 1, B1 = 2, B2 = 4, B3 = 8, BreakpointMask = 15, BLD = 1ul << 11, BD = 1ul << 13, BS = 1ul << 14, BT = 1ul << 15,
        RTM = 1ul << 16, Initial = 0xFFFF_0FF0;
}

/// <summary>The bits of DR7.</summary>
[Manual("3B", "18.2.4", "Debug Control Register (DR7)")]
public static class Dr7
{
    public const ulong EnableMask = 0xFF, LE = 1ul << 8, GE = 1ul << 9, RTM = 1ul << 11, GD = 1ul << 13, Initial = 0x400;
}
#pragma warning restore CS1591
