using Vector20.Machine.Processors.Models;

namespace Vector20.Machine.Processors.Msrs;

/// <summary>The MSRs of a CPU model that are storage: a table of definitions, each with a slot for its value.</summary>
[Manual("4", "2.1", "Architectural MSRs")]
internal sealed class MsrTable
{
    private const int VariableRanges = 8;
    private const ulong All = ulong.MaxValue, Low32 = uint.MaxValue;
    private const uint LowAddresses = 0x300;
    private readonly Dictionary<uint, int> _slots = [];
    private readonly int[] _lowSlots = new int[LowAddresses];
    private readonly List<MsrDefinition> _definitions = [];

    /// <summary>Makes the table of a model.</summary>
    public MsrTable(CpuModel model)
    {
        Array.Fill(_lowSlots, -1);
        AddGeneral(model);
        AddMemoryTypes(model);
        if (model.Has(CpuFeature.SpecCtrl)) AddSpeculation(model);
    }

    /// <summary>The definitions, in the order of their slots.</summary>
    public IReadOnlyList<MsrDefinition> Definitions => _definitions;

    /// <summary>The slot of an MSR, if it is storage of this model. The low ones are found fastest: VM entries and exits look up eight of them.</summary>
    public bool TryFind(uint index, out int slot)
    {
        if (index >= LowAddresses) return _slots.TryGetValue(index, out slot);
        slot = _lowSlots[index];
        return slot >= 0;
    }

    private void AddGeneral(CpuModel model)
    {
        const ulong FastStrings = 1;
        Add(Msr.P5McAddr, 0, All);
        Add(Msr.P5McType, 0, All);
        Add(Msr.PlatformId, 0, 0, MsrRule.ReadOnly);
        Add(Msr.BiosUpdateTrigger, 0, All, MsrRule.WriteOnly);
        Add(Msr.BiosSignId, (ulong)model.MicrocodeRevision << 32, All);
        Add(Msr.PlatformInfo, (ulong)(model.BaseMegahertz / 100) << 8, 0, MsrRule.ReadOnly);
        Add(Msr.McgCap, 0, 0, MsrRule.ReadOnly);
        Add(Msr.McgStatus, 0, 7);
        Add(Msr.MiscEnable, FastStrings, FastStrings);
        Add(Msr.DebugCtl, 0, DebugCtl.BTF);
        Add(Msr.SysenterCs, 0, Low32);
        Add(Msr.SysenterEsp, 0, All, MsrRule.Canonical);
        Add(Msr.SysenterEip, 0, All, MsrRule.Canonical);
        if (model.Has(CpuFeature.Vmx)) AddFeatureControl();
        if (model.Has(CpuFeature.Syscall)) AddSyscall();
        if (model.Has(CpuFeature.LongMode)) Add(Msr.KernelGsBase, 0, All, MsrRule.Canonical);
        if (model.Has(CpuFeature.Xsaves)) Add(Msr.Xss, 0, 0);
        if (model.Has(CpuFeature.Rdtscp)) Add(Msr.TscAux, 0, Low32);
    }

    /// <summary>As firmware leaves it: VMX enabled, and locked. Without SMX there is no bit that enables VMX inside SMX.</summary>
    [Manual("3C", "24.7", "Enabling and Entering VMX Operation")]
    private void AddFeatureControl()
    {
        const ulong Enabled = FeatureControl.Lock | FeatureControl.VmxOutsideSmx;
        Add(Msr.FeatureControl, Enabled, Enabled, MsrRule.Lockable);
    }

    private void AddSyscall()
    {
        Add(Msr.Star, 0, All);
        Add(Msr.Lstar, 0, All, MsrRule.Canonical);
        Add(Msr.Cstar, 0, All, MsrRule.Canonical);
        Add(Msr.Fmask, 0, Low32);
    }

    [Manual("3A", "12.11", "Memory Type Range Registers (MTRRs)")]
    [Manual("3A", "12.12", "Page Attribute Table (PAT)")]
    private void AddMemoryTypes(CpuModel model)
    {
        const ulong WriteCombining = 1 << 10, Fixed = 1 << 8, PatReset = 0x0007_0406_0007_0406;
        ulong address = (1ul << model.PhysicalAddressBits) - 1 & ~0xFFFul;
        if (model.Has(CpuFeature.Pat)) Add(Msr.Pat, PatReset, All, MsrRule.PatTypes);
        if (!model.Has(CpuFeature.Mtrr)) return;
        Add(Msr.MtrrCap, WriteCombining | Fixed | VariableRanges, 0, MsrRule.ReadOnly);
        Add(Msr.MtrrDefType, 0, 0xCFF, MsrRule.MtrrType);
        for (uint i = 0; i < VariableRanges; i++)
        {
            Add(Msr.MtrrPhysBase0 + 2 * i, 0, address | 0xFF, MsrRule.MtrrType);
            Add(Msr.MtrrPhysBase0 + 2 * i + 1, 0, address | 1 << 11);
        }

        Add(Msr.MtrrFix64K00000, 0, All, MsrRule.MtrrTypes);
        Add(Msr.MtrrFix16K80000, 0, All, MsrRule.MtrrTypes);
        Add(Msr.MtrrFix16KA0000, 0, All, MsrRule.MtrrTypes);
        for (Msr fixedRange = Msr.MtrrFix4KC0000; fixedRange <= Msr.MtrrFix4KF8000; fixedRange++) Add(fixedRange, 0, All, MsrRule.MtrrTypes);
    }

    private void AddSpeculation(CpuModel model)
    {
        Add(Msr.SpecCtrl, 0, 7);
        Add(Msr.PredCmd, 0, 1, MsrRule.WriteOnly);
        if (model.Has(CpuFeature.L1dFlush)) Add(Msr.FlushCmd, 0, 1, MsrRule.WriteOnly);
        if (model.Has(CpuFeature.ArchCapabilities)) Add(Msr.ArchCapabilities, model.ArchCapabilities, 0, MsrRule.ReadOnly);
    }

    private void Add(Msr msr, ulong reset, ulong writable, MsrRule rule = MsrRule.None)
    {
        _slots[(uint)msr] = _definitions.Count;
        if ((uint)msr < LowAddresses) _lowSlots[(uint)msr] = _definitions.Count;
        _definitions.Add(new MsrDefinition((uint)msr, reset, writable, rule));
    }
}
