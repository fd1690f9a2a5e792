using System.Text;
using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Models;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>CPUID and the models behind it.</summary>
[Manual("2A", "3.3", "CPUID—CPU Identification")]
public class CpuidTests
{
    [Fact]
    public void Leaf_0_names_the_vendor()
    {
        CpuidResult result = Leaf(0);
        Assert.Equal("GenuineIntel", Encoding.ASCII.GetString([.. BitConverter.GetBytes(result.Ebx), .. BitConverter.GetBytes(result.Edx), .. BitConverter.GetBytes(result.Ecx)]));
    }

    [Theory]
    [InlineData("pentium", 0x1u, 0x0u, 0x0u)]
    [InlineData("nehalem", 0x0780_0001u, 0x0018_0201u, 0x0u)]
    [InlineData("haswell", 0x0780_0001u, 0x3218_1203u, 0x20u)]
    [InlineData("skylake", 0x0780_0001u, 0x3218_1203u, 0x20u)]
    [InlineData("default", 0x0780_0001u, 0x3218_1203u, 0x20u)]
    public void A_model_claims_the_extended_registers_of_its_generation(string name, uint edx, uint ecx, uint ebx)
    {
        CpuModel model = CpuModels.All.Single(model => model.Name == name);
        const uint Edx = 0x0780_0001, Ecx = 0x3218_1203, Ebx = 0x20;
        CpuidResult features = Leaf(1, model: model);
        Assert.Equal((edx, ecx), (features.Edx & Edx, features.Ecx & Ecx));
        if (Leaf(0, model: model).Eax >= 7) Assert.Equal(ebx, Leaf(7, model: model).Ebx & Ebx);
    }

    [Fact]
    public void OSXSAVE_and_OSPKE_follow_CR4()
    {
        Assert.Equal((0u, 0u), (Leaf(1).Ecx & 1 << 27, Leaf(7).Ecx & 1 << 4));
        ulong cr4 = Cr4.OSXSAVE | Cr4.PKE;
        Assert.Equal((1u << 27, 1u << 4), (Leaf(1, cr4: cr4).Ecx & 1 << 27, Leaf(7, cr4: cr4).Ecx & 1 << 4));
    }

    [Theory]
    [InlineData(1, 0u, 1u)]
    [InlineData(2, 1u, 2u)]
    [InlineData(3, 2u, 3u)]
    [InlineData(8, 3u, 8u)]
    [Manual("3A", "9.9.1", "Hierarchical Mapping of Shared Resources")]
    public void Leaf_0BH_counts_cores(int processors, uint shift, uint count)
    {
        CpuidResult core = Leaf(0xB, 1, processors: processors);
        Assert.Equal((shift, count, 0x201u, 0u), (core.Eax, core.Ebx, core.Ecx, core.Edx));
        Assert.Equal((0u, 1u, 0x100u), (Leaf(0xB, 0, processors: processors).Eax, Leaf(0xB, 0, processors: processors).Ebx, Leaf(0xB, 0, processors: processors).Ecx));
        Assert.Equal((uint)processors, Leaf(1, processors: processors).Ebx >> 16 & 0xFF);
        Assert.Equal(processors > 1, (Leaf(1, processors: processors).Edx & 1 << 28) != 0);
    }

    [Theory]
    [InlineData(0xFEE0_0900u, true)]
    [InlineData(0xFEE0_0100u, false)]
    public void The_APIC_flag_is_0_while_the_APIC_is_disabled(uint value, bool shown)
    {
        using Guest guest = new GuestBuilder().Code(a => { a.mov(ecx, 0x1B); a.mov(eax, value); a.xor(edx, edx); a.wrmsr(); a.mov(eax, 1); a.cpuid(); }).Load();
        Assert.Null(Faults.Of(guest));
        Assert.Equal(shown, (guest.Processor[2] & 1 << 9) != 0);
    }

    [Fact]
    public void A_leaf_beyond_the_highest_answers_as_the_highest() => Assert.Equal(Leaf(Leaf(0).Eax), Leaf(0x4000_0000));

    [Fact]
    public void There_are_no_performance_counters() => Assert.Equal(default, Leaf(0xA));

    [Fact]
    public void Address_widths_are_the_models()
    {
        Assert.Equal(57u << 8 | 46, Leaf(0x8000_0008).Eax);
        Assert.Equal(48u << 8 | 40, Leaf(0x8000_0008, model: CpuModels.All.Single(model => model.Name == "nehalem")).Eax);
    }

    [Theory]
    [InlineData("haswell", true)]
    [InlineData("HASWELL,+smap,-bmi1", true)]
    [InlineData("default", true)]
    [InlineData("pdp11", false)]
    [InlineData("haswell,smap", false)]
    [InlineData("haswell,-sse2", false)]
    [InlineData("haswell,+avx512", false)]
    [InlineData("pentium,+longmode", false)]
    [InlineData("nehalem,-ept,+eptviolationve", false)]
    public void A_model_is_chosen_by_name_and_changed_by_feature(string text, bool valid)
    {
        Assert.Equal(valid, CpuModelParser.TryParse(text, out CpuModel model, out CpuModelError error));
        Assert.Equal(valid, error == default);
        if (text.Contains('+') && valid) Assert.Equal((true, false), (model.Has(CpuFeature.Smap), model.Has(CpuFeature.Bmi1)));
    }

    [Fact]
    public void An_instruction_of_an_absent_feature_is_an_invalid_opcode()
    {
        Assert.True(CpuModelParser.TryParse("default,-rdrand", out CpuModel without, out _));
        Assert.Equal(Faults.InvalidOpcode, Faults.Of(0, a => a.rdrand(eax), without));
        Assert.Null(Faults.Of(0, a => a.rdrand(eax)));
    }

    [Fact]
    public void MMX_SSE_and_AVX_are_invalid_opcodes_on_a_model_without_them()
    {
        CpuModel pentium = CpuModels.All.Single(model => model.Name == "pentium");
        foreach (Action<Assembler> code in (Action<Assembler>[])[a => a.paddb(mm0, mm1), a => a.addps(xmm0, xmm1), a => a.vaddps(ymm0, ymm1, ymm2), a => a.emms(), a => a.fxsave(__[ebx])])
            Assert.Equal(Faults.InvalidOpcode, Faults.Of(GuestMode.Protected, 0, code, pentium));
        Assert.Null(Faults.Of(GuestMode.Protected, 0, a => a.fld1(), pentium));
    }

    [Theory]
    [InlineData(Cr0.EM)]
    [InlineData(Cr0.TS)]
    [Manual("3A", "2.5", "Control Registers")]
    public void An_x87_instruction_is_device_not_available_with_EM_or_TS(ulong bit)
    {
        using Guest guest = new GuestBuilder().Code(a => a.fld1()).Load();
        guest.Processor.ControlRegister0 |= bit;
        Assert.Equal(Event.Exception(ExceptionVector.DeviceNotAvailable), Faults.Of(guest));
    }

    [Theory]
    [InlineData(Cr0.TS, false)]
    [InlineData(Cr0.MP, false)]
    [InlineData(Cr0.MP | Cr0.TS, true)]
    [Manual("2D", "6.1", "WAIT/FWAIT—Wait")]
    public void WAIT_is_device_not_available_with_MP_and_TS(ulong bits, bool faults)
    {
        using Guest guest = new GuestBuilder().Code(a => a.wait()).Load();
        guest.Processor.ControlRegister0 |= bits;
        Assert.Equal(faults ? Event.Exception(ExceptionVector.DeviceNotAvailable) : null, Faults.Of(guest));
    }

    [Fact]
    [Manual("1", "13.2", "Enumeration of CPU Support for XSAVE Instructions and XSAVE-Supported Features")]
    public void Leaf_0DH_gives_the_components_and_their_sizes()
    {
        CpuidResult all = Leaf(0xD), way = Leaf(0xD, 1), avx = Leaf(0xD, 2), key = Leaf(0xD, 9);
        Assert.Equal((0x207u, 576u, 2696u, 0u), (all.Eax, all.Ebx, all.Ecx, all.Edx));
        Assert.Equal((0xFu, 576u, 0u, 0u), (way.Eax, way.Ebx, way.Ecx, way.Edx));
        Assert.Equal((256u, 576u, 0u), (avx.Eax, avx.Ebx, avx.Ecx));
        Assert.Equal((8u, 2688u, 0u), (key.Eax, key.Ebx, key.Ecx));
        Assert.Equal(default, Leaf(0xD, 3));
    }

    [Theory, InlineData(1u, true), InlineData(0u, false)]
    [Manual("3A", "10.11.7.1", "Determining the Signature")]
    public void CPUID_leaf_1_loads_the_microcode_revision(uint leaf, bool loads)
    {
        using Guest guest = new GuestBuilder().Code(a =>
        {
            a.mov(ecx, 0x8B);
            a.xor(eax, eax);
            a.xor(edx, edx);
            a.wrmsr();
            a.mov(eax, leaf);
            a.cpuid();
            a.mov(ecx, 0x8B);
            a.rdmsr();
        }).Load();
        guest.Run();
        Assert.Equal(loads, guest.Processor[2] != 0);
    }

    private static CpuidResult Leaf(uint leaf, uint subleaf = 0, CpuModel? model = null, int processors = 1, ulong cr4 = 0)
    {
        var options = new ComputerOptions { MemorySize = 4 << 20, Model = model ?? CpuModel.Default, Processors = processors };
        using Guest guest = new GuestBuilder(GuestMode.Protected).ControlBits4(cr4).Code(a => { a.mov(eax, leaf); a.mov(ecx, subleaf); a.cpuid(); }).Load(options);
        Assert.Null(Faults.Of(guest));
        Processor p = guest.Processor;
        return new CpuidResult((uint)p[0], (uint)p[3], (uint)p[1], (uint)p[2]);
    }
}
