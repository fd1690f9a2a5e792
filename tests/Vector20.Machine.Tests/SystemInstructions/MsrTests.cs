using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Models;
using Vector20.Machine.Processors.Msrs;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>RDMSR and WRMSR, and each MSR's rule.</summary>
[Manual("2B", "4.3", "RDMSR—Read From Model Specific Register")]
[Manual("2D", "6.1", "WRMSR—Write to Model Specific Register")]
public class MsrTests
{
    private const ulong NonCanonical = 0x0000_8000_0000_0000, Canonical = 0xFFFF_8000_0000_1000;

    /// <summary>MSR, value, whether writing it faults.</summary>
    public static TheoryData<Msr, ulong, bool> Writes => new()
    {
        { Msr.SysenterEip, Canonical, false },
        { Msr.SysenterEip, NonCanonical, true },
        { Msr.Lstar, Canonical, false },
        { Msr.Lstar, NonCanonical, true },
        { Msr.FsBase, Canonical, false },
        { Msr.FsBase, NonCanonical, true },
        { Msr.GsBase, NonCanonical, true },
        { Msr.KernelGsBase, NonCanonical, true },
        { Msr.Star, ulong.MaxValue, false },
        { Msr.Fmask, uint.MaxValue, false },
        { Msr.Fmask, 1ul << 32, true },
        { Msr.TscAux, 1ul << 32, true },
        { Msr.Pat, 0x0007_0605_0401_0007, false },
        { Msr.Pat, 0x02, true },
        { Msr.Pat, 0x08ul << 56, true },
        { Msr.MtrrCap, 0, true },
        { Msr.MtrrDefType, 0xC06, false },
        { Msr.MtrrDefType, 0xC02, true },
        { Msr.MtrrDefType, 1 << 9, true },
        { Msr.MtrrPhysBase0, 0x3FFF_FFFF_F006, false },
        { Msr.MtrrPhysBase0, 1ul << 46, true },
        { Msr.MtrrPhysBase0 + 1, 0x3FFF_FFFF_F800, false },
        { Msr.MtrrFix4KC0000, 0x0606_0606_0606_0606, false },
        { Msr.MtrrFix4KC0000, 0x03, true },
        { Msr.FeatureControl, 5, true },
        { Msr.McgCap, 0, true },
        { Msr.PredCmd, 1, false },
        { Msr.PredCmd, 2, true },
        { Msr.SpecCtrl, 8, true },
        { Msr.BiosUpdateTrigger, 0x1234, false },
        { Msr.DebugCtl, DebugCtl.BTF, false },
        { Msr.DebugCtl, 1 << 3, true },
        { Msr.Efer, Efer.SCE | Efer.LME | Efer.NXE, false },
        { Msr.Efer, Efer.SCE | Efer.NXE, true },
        { Msr.Efer, Efer.LME | 1 << 1, true },
    };

    [Theory, MemberData(nameof(Writes))]
    [Manual("3A", "12.11", "Memory Type Range Registers (MTRRs)")]
    [Manual("3A", "12.12", "Page Attribute Table (PAT)")]
    [Manual("3A", "12.12.2", "IA32_PAT MSR")]
    [Manual("3B", "18.4.1", "IA32_DEBUGCTL MSR")]
    [Manual("4", "2.1", "Architectural MSRs")]
    public void WRMSR_refuses_reserved_bits_and_values_that_the_register_cannot_hold(Msr msr, ulong value, bool faults) =>
        Assert.Equal(faults ? Faults.ProtectionZero : null, Faults.Of(0, a => Write(a, msr, value)));

    [Theory]
    [InlineData(Msr.PredCmd)]
    [InlineData((Msr)0x12345)]
    [InlineData((Msr)0x345)]
    [InlineData((Msr)0x400)]
    public void RDMSR_of_what_cannot_be_read_or_does_not_exist_is_a_protection_fault(Msr msr) =>
        Assert.Equal(Faults.ProtectionZero, Faults.Of(0, a => { a.mov(ecx, (uint)msr); a.rdmsr(); }));

    [Theory]
    [InlineData(Msr.Star)]
    [InlineData(Msr.Lstar)]
    [InlineData(Msr.KernelGsBase)]
    [InlineData(Msr.FsBase)]
    [InlineData(Msr.SysenterEsp)]
    public void What_was_written_is_read(Msr msr)
    {
        Processor p = Faults.After(a =>
        {
            Write(a, msr, Canonical);
            a.mov(rax, -1L);
            a.mov(rdx, rax);
            a.rdmsr();
        });
        Assert.Equal((0x1000ul, 0xFFFF_8000ul), (p[0], p[2]));
    }

    [Fact]
    public void MSRs_are_for_CPL_0()
    {
        Assert.Equal(Faults.ProtectionZero, Faults.Of(3, a => { a.mov(ecx, (uint)Msr.Star); a.rdmsr(); }));
        Assert.Equal(Faults.ProtectionZero, Faults.Of(3, a => Write(a, Msr.Star, 0)));
    }

    [Fact]
    public void MSRs_of_absent_features_do_not_exist()
    {
        CpuModel model = CpuModel.Default.With("no-rdtscp", CpuFeature.Rdtscp, present: false);
        Assert.Equal(Faults.ProtectionZero, Faults.Of(0, a => Write(a, Msr.TscAux, 0), model));
        Assert.Null(Faults.Of(0, a => Write(a, Msr.TscAux, 0)));
    }

    [Fact]
    [Manual("3A", "2.2.1", "Extended Feature Enable Register")]
    public void LMA_is_not_written()
    {
        Processor p = Faults.After(a => Write(a, Msr.Efer, Efer.LME));
        Assert.Equal(Efer.LME | Efer.LMA, p.ExtendedFeatures);
    }

    [Fact]
    [Manual("3B", "18.17.3", "Time-Stamp Counter Adjustment")]
    public void Writing_the_time_stamp_counter_moves_its_adjustment_by_as_much()
    {
        Processor p = Faults.After(a =>
        {
            Write(a, Msr.TimeStampCounter, 1_000_000);
            a.mov(ecx, (uint)Msr.TscAdjust);
            a.rdmsr();
            a.mov(esi, eax);
            a.rdtsc();
        });
        Assert.Equal(1_000_000ul - 3, p[6]);
        Assert.Equal(1_000_000ul + 4, p[0]);
    }

    private static void Write(Assembler a, Msr msr, ulong value)
    {
        a.mov(ecx, (uint)msr);
        a.mov(eax, (uint)value);
        a.mov(edx, (uint)(value >> 32));
        a.wrmsr();
    }
}
