namespace Vector20.Machine.Processors.Models;

/// <summary>What tells one CPU model from another beside its features.</summary>
/// <param name="Signature">Family, model and stepping: EAX of CPUID leaf 1.</param>
/// <param name="BrandString">The brand string, at most 47 characters.</param>
/// <param name="HighestLeaf">The highest basic CPUID leaf.</param>
/// <param name="PhysicalAddressBits">Width of physical addresses.</param>
/// <param name="BaseMegahertz">The base frequency, which is the TSC's.</param>
/// <param name="MicrocodeRevision">What IA32_BIOS_SIGN_ID reports.</param>
internal readonly record struct CpuIdentity(
    uint Signature, string BrandString, uint HighestLeaf, int PhysicalAddressBits, int BaseMegahertz, uint MicrocodeRevision);
