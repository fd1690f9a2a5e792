using System.Buffers.Binary;
using System.Text;

namespace Vector20.Machine.Processors.Models;

/// <summary>The CPUID leaves, computed from the model, the processor's place and the bits that follow CR4 and IA32_APIC_BASE.</summary>
[Manual("2A", "3.3", "CPUID—CPU Identification")]
public static class CpuidLeaves
{
    /// <summary>The core crystal's frequency.</summary>
    public const uint CrystalHertz = 25_000_000;

    private const uint ExtendedBase = 0x8000_0000, HighestExtended = 0x8000_0008;
    private const uint Osxsave = 1 << 27, Ospke = 1 << 4, Htt = 1 << 28, ApicFlag = 1 << 9, SyscallFlag = 1 << 11;

    /// <summary>What a processor answers. A leaf beyond the highest answers as the highest basic one.</summary>
    public static CpuidResult Of(Processor p, uint leaf, uint subleaf)
    {
        CpuModel model = p.Model;
        bool extended = leaf >= ExtendedBase && leaf <= HighestExtended && model.Has(CpuFeature.Cmov);
        if (!extended && leaf > model.Identity.HighestLeaf) leaf = model.Identity.HighestLeaf;
        return extended ? Extended(p, leaf) : Basic(p, leaf, subleaf);
    }

    private static CpuidResult Basic(Processor p, uint leaf, uint subleaf)
    {
        CpuModel model = p.Model;
        return leaf switch
        {
            0 => new(model.Identity.HighestLeaf, Letters("Genu"), Letters("ntel"), Letters("ineI")),
            1 => Features(p),
            2 => new(0x00FF_FF01, 0, 0, 0),
            4 => CpuidTopology.Cache(p.Computer, subleaf),
            5 => model.Has(CpuFeature.Monitor) ? new(64, 64, 3, 0) : default,
            6 => new(model.Word(FeatureWord.Leaf6Eax), 0, 0, 0),
            7 when subleaf == 0 => StructuredFeatures(p),
            0xB or 0x1F => CpuidTopology.Levels(p, subleaf),
            0xD => ExtendedStates(p, subleaf),
            0x15 => new(CrystalHertz / 1_000_000, (uint)model.BaseMegahertz, CrystalHertz, 0),
            0x16 => new((uint)model.BaseMegahertz, (uint)model.BaseMegahertz, 100, 0),
            _ => default,
        };
    }

    /// <summary>The APIC flag is 0 while IA32_APIC_BASE disables the APIC; OSXSAVE shows CR4.OSXSAVE.</summary>
    private static CpuidResult Features(Processor p)
    {
        uint processors = (uint)p.Computer.Options.Processors, lineBytes = p.Model.Has(CpuFeature.Clfsh) ? 8u : 0;
        uint ebx = (uint)p.Index << 24 | processors << 16 | lineBytes << 8;
        uint ecx = p.Model.Word(FeatureWord.Leaf1Ecx) | ((p.ControlRegister4 & Cr4.OSXSAVE) != 0 ? Osxsave : 0);
        uint edx = p.Model.Word(FeatureWord.Leaf1Edx) | (processors > 1 && p.Model.Has(CpuFeature.Cmov) ? Htt : 0);
        if ((p.Apic.BaseAddressRegister & 1 << 11) == 0) edx &= ~ApicFlag;
        return new CpuidResult(p.Model.Signature, ebx, ecx, edx);
    }

    private static CpuidResult StructuredFeatures(Processor p)
    {
        uint ecx = p.Model.Word(FeatureWord.Leaf7Ecx) | ((p.ControlRegister4 & Cr4.PKE) != 0 ? Ospke : 0);
        return new CpuidResult(0, p.Model.Word(FeatureWord.Leaf7Ebx), ecx, p.Model.Word(FeatureWord.Leaf7Edx));
    }

    [Manual("1", "13.2", "Enumeration of CPU Support for XSAVE Instructions and XSAVE-Supported Features")]
    private static CpuidResult ExtendedStates(Processor p, uint subleaf)
    {
        if (!p.Model.Has(CpuFeature.Xsave)) return default;
        ulong supported = ExtendedState.Supported(p.Model);
        return subleaf switch
        {
            0 => new((uint)supported, ExtendedState.Size(p.Xcr0), ExtendedState.Size(supported), 0),
            1 => new(p.Model.Word(FeatureWord.LeafDEax), p.Model.Has(CpuFeature.Xsavec) ? ExtendedState.CompactedSize(p.Xcr0) : 0, 0, 0),
            2 when (supported & ExtendedState.Avx) != 0 => new(ExtendedState.AvxSize, ExtendedState.AvxOffset, 0, 0),
            9 when (supported & ExtendedState.Pkru) != 0 => new(ExtendedState.PkruSize, ExtendedState.PkruOffset, 0, 0),
            _ => default,
        };
    }

    private static CpuidResult Extended(Processor p, uint leaf)
    {
        CpuModel model = p.Model;
        return leaf switch
        {
            ExtendedBase => new(HighestExtended, 0, 0, 0),
            ExtendedBase + 1 => new(0, 0, model.Word(FeatureWord.Extended1Ecx), model.Word(FeatureWord.Extended1Edx) & (p.Is64Bit ? uint.MaxValue : ~SyscallFlag)),
            ExtendedBase + 2 or ExtendedBase + 3 or ExtendedBase + 4 => Brand(model, (int)(leaf - ExtendedBase - 2)),
            ExtendedBase + 6 => new(0, 0, 256 << 16 | 8 << 12 | 64, 0),
            ExtendedBase + 7 => new(0, 0, 0, model.Word(FeatureWord.Extended7Edx)),
            ExtendedBase + 8 => new((uint)(model.LinearAddressBits << 8 | model.PhysicalAddressBits), model.Word(FeatureWord.Extended8Ebx), 0, 0),
            _ => default,
        };
    }

    private static CpuidResult Brand(CpuModel model, int part)
    {
        Span<byte> text = stackalloc byte[48];
        text.Clear();
        Encoding.ASCII.GetBytes(model.Identity.BrandString, text);
        ReadOnlySpan<byte> sixteen = text.Slice(part * 16, 16);
        return new CpuidResult(Word(sixteen, 0), Word(sixteen, 4), Word(sixteen, 8), Word(sixteen, 12));
    }

    private static uint Word(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static uint Letters(string four) => (uint)(four[0] | four[1] << 8 | four[2] << 16 | four[3] << 24);
}
