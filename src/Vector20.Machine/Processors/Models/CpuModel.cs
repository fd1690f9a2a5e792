using Iced.Intel;
using Vector20.Machine.Processors.Msrs;
using Vector20.Machine.Vmx;
using Vector20.Machine.Vmx.Ept;

namespace Vector20.Machine.Processors.Models;

/// <summary>A named CPU model: which features it has. Its CPUID leaves, its MSRs and its reserved bits follow from them.</summary>
public sealed class CpuModel
{
    private readonly FeatureSet _features;

    internal CpuModel(string name, CpuIdentity identity, FeatureSet features)
    {
        Name = name;
        Identity = identity;
        _features = features;
        Cr4Bits = ReservedBits.Cr4(this);
        ExtendedFeatureBits = ReservedBits.ExtendedFeatures(this);
        EptCapabilities = EptSupport.Of(this);
        VmcsFields = new VmcsFieldSet(this);
        Msrs = new MsrTable(this);
    }

    /// <summary>The default model.</summary>
    public static CpuModel Default => CpuModels.Default;

    /// <summary>The name that <c>--cpu</c> takes.</summary>
    public string Name { get; }

    /// <summary>Width of physical addresses in bits.</summary>
    public int PhysicalAddressBits => Identity.PhysicalAddressBits;

    /// <summary>Width of linear addresses in bits.</summary>
    public int LinearAddressBits => Has(CpuFeature.La57) ? 57 : Has(CpuFeature.LongMode) ? 48 : 32;

    /// <summary>Family, model and stepping, as CPUID leaf 1 and EDX after reset have them.</summary>
    public uint Signature => Identity.Signature;

    internal CpuIdentity Identity { get; }

    /// <summary>The bits of CR4 that may be set.</summary>
    internal ulong Cr4Bits { get; }

    /// <summary>The bits of IA32_EFER that are not reserved; 0 if the model has no such MSR.</summary>
    internal ulong ExtendedFeatureBits { get; }

    /// <summary>IA32_VMX_EPT_VPID_CAP; 0 if the model has no EPT.</summary>
    internal EptCapabilities EptCapabilities { get; }

    /// <summary>The VMCS fields that the model has.</summary>
    internal VmcsFieldSet VmcsFields { get; }

    /// <summary>The MSRs that are storage.</summary>
    internal MsrTable Msrs { get; }

    internal uint MicrocodeRevision => Identity.MicrocodeRevision;

    internal int BaseMegahertz => Identity.BaseMegahertz;

    /// <summary>IA32_ARCH_CAPABILITIES.</summary>
    internal ulong ArchCapabilities => 0;

    /// <summary>Opcodes that mean another instruction where a feature is absent: TZCNT is BSF, LZCNT is BSR, WBNOINVD is WBINVD.</summary>
    internal DecoderOptions DecoderOptions =>
        (Has(CpuFeature.Bmi1) ? 0 : DecoderOptions.NoMPFX_0FBC)
        | (Has(CpuFeature.Lzcnt) ? 0 : DecoderOptions.NoMPFX_0FBD)
        | (Has(CpuFeature.Wbnoinvd) ? 0 : DecoderOptions.NoWbnoinvd);

    /// <summary>Whether the model has a feature.</summary>
    public bool Has(CpuFeature feature) => _features.Has(feature);

    /// <summary>The same model with another frequency, in CPUID and MSRs too.</summary>
    public CpuModel At(int megahertz) => new(Name, Identity with { BaseMegahertz = megahertz }, _features);

    /// <summary>The same model with physical addresses of another width.</summary>
    public CpuModel WithPhysicalAddressBits(int bits) => new(Name, Identity with { PhysicalAddressBits = bits }, _features);

    /// <summary>The same model with one feature more or less, under another name.</summary>
    internal CpuModel With(string name, CpuFeature feature, bool present) =>
        new(name, Identity, present ? _features.With(feature) : _features.Without(feature));

    /// <summary>A word of feature flags, as CPUID reports it.</summary>
    internal uint Word(int word) => _features[word];

    /// <summary>Whether the model has every CPUID feature that an instruction needs.</summary>
    internal bool Has(in Instruction instruction) => InstructionFeatures.Has(this, instruction);
}
