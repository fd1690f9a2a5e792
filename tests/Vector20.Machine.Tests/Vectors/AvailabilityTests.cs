using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Tests.SystemInstructions;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vectors;

/// <summary>When x87, MMX, SSE and AVX instructions may execute.</summary>
public class AvailabilityTests
{
    private const ulong Sse = Cr4.OSFXSR, Avx = Cr4.OSFXSR | Cr4.OSXSAVE;

    private static readonly Dictionary<string, Action<Assembler>> s_code = new()
    {
        ["x87"] = a => a.fld1(),
        ["fxsave"] = a => a.fxsave(__[GuestLayout.Data]),
        ["mmx"] = a => a.paddb(mm0, mm1),
        ["sse"] = a => a.addps(xmm0, xmm1),
        ["ldmxcsr"] = a => a.stmxcsr(__dword_ptr[GuestLayout.Data]),
        ["avx"] = a => a.vpaddb(xmm0, xmm1, xmm2),
        ["xsave"] = a => a.xsave(__[GuestLayout.Data]),
    };

    /// <summary>CR0 bits, CR4 bits, XCR0, and the fault: none, #UD or #NM.</summary>
    [Theory]
    [InlineData("x87", 0ul, 0ul, 1ul, null)]
    [InlineData("x87", Cr0.EM, 0ul, 1ul, ExceptionVector.DeviceNotAvailable)]
    [InlineData("x87", Cr0.TS, 0ul, 1ul, ExceptionVector.DeviceNotAvailable)]
    [InlineData("fxsave", Cr0.EM, Sse, 1ul, ExceptionVector.DeviceNotAvailable)]
    [InlineData("fxsave", Cr0.TS, Sse, 1ul, ExceptionVector.DeviceNotAvailable)]
    [InlineData("mmx", 0ul, 0ul, 1ul, null)]
    [InlineData("mmx", Cr0.EM, 0ul, 1ul, ExceptionVector.InvalidOpcode)]
    [InlineData("mmx", Cr0.TS, 0ul, 1ul, ExceptionVector.DeviceNotAvailable)]
    [InlineData("mmx", Cr0.EM | Cr0.TS, 0ul, 1ul, ExceptionVector.InvalidOpcode)]
    [InlineData("sse", 0ul, Sse, 1ul, null)]
    [InlineData("sse", 0ul, 0ul, 1ul, ExceptionVector.InvalidOpcode)]
    [InlineData("sse", Cr0.EM, Sse, 1ul, ExceptionVector.InvalidOpcode)]
    [InlineData("sse", Cr0.TS, Sse, 1ul, ExceptionVector.DeviceNotAvailable)]
    [InlineData("sse", Cr0.TS, 0ul, 1ul, ExceptionVector.InvalidOpcode)]
    [InlineData("ldmxcsr", Cr0.TS, Sse, 1ul, ExceptionVector.DeviceNotAvailable)]
    [InlineData("ldmxcsr", 0ul, 0ul, 1ul, ExceptionVector.InvalidOpcode)]
    [InlineData("avx", 0ul, Avx, 7ul, null)]
    [InlineData("avx", Cr0.EM, Avx, 7ul, null)]
    [InlineData("avx", 0ul, Avx, 3ul, ExceptionVector.InvalidOpcode)]
    [InlineData("avx", 0ul, Sse, 7ul, ExceptionVector.InvalidOpcode)]
    [InlineData("avx", Cr0.TS, Avx, 7ul, ExceptionVector.DeviceNotAvailable)]
    [InlineData("avx", Cr0.TS, Avx, 1ul, ExceptionVector.InvalidOpcode)]
    [InlineData("xsave", Cr0.TS, Sse, 7ul, ExceptionVector.InvalidOpcode)]
    [InlineData("xsave", Cr0.TS, Avx, 7ul, ExceptionVector.DeviceNotAvailable)]
    [Manual("2A", "2.4", "AVX and SSE Instruction Exception Classification")]
    [Manual("1", "14.1.1", "256-Bit Wide SIMD Register Support")]
    [Manual("3A", "13.1", "Emulation of the MMX Instruction Set")]
    [Manual("1", "13.5.1", "XSAVE-Supported Features Enabling")]
    [Manual("3A", "6.15", "Interrupt 7—Device Not Available Exception (#NM)")]
    [Manual("3A", "2.5", "Control Registers")]
    public void Control_registers_decide(string kind, ulong cr0, ulong cr4, ulong xcr0, ExceptionVector? fault)
    {
        using Guest guest = new GuestBuilder().ControlBits4(cr4).Code(s_code[kind]).Load();
        guest.Processor.ControlRegister0 |= cr0;
        guest.Processor.SetXcr0(xcr0);
        Assert.Equal(fault is { } vector ? Event.Exception(vector) : null, Faults.Of(guest));
    }

    [Fact]
    [Manual("2A", "2.4", "AVX and SSE Instruction Exception Classification")]
    public void What_was_allowed_is_not_any_more_once_TS_is_set_or_XCR0_changes()
    {
        using Guest guest = new GuestBuilder().ControlBits4(Avx).Code(a =>
        {
            a.addps(xmm0, xmm1);
            a.mov(rax, cr0);
            a.or(eax, (int)Cr0.TS);
            a.mov(cr0, rax);
            a.addps(xmm0, xmm1);
        }).Load();
        Assert.Equal(Event.Exception(ExceptionVector.DeviceNotAvailable), Faults.Of(guest));
    }

    [Theory]
    [InlineData(GuestMode.Real)]
    [InlineData(GuestMode.Virtual8086)]
    [Manual("1", "14.1.1", "256-Bit Wide SIMD Register Support")]
    public void Real_and_virtual_8086_mode_do_not_know_VEX(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode).ControlBits4(Avx).Code(a => a.db(0xC5, 0xF1, 0xFC, 0xC2)).Load();
        guest.Processor.SetXcr0(7);
        Assert.Equal(Faults.InvalidOpcode, Faults.Of(guest));
    }

    [Theory]
    [InlineData("movaps", 8u, true)]
    [InlineData("movaps", 0u, false)]
    [InlineData("movups", 8u, false)]
    [InlineData("addps", 4u, true)]
    [InlineData("vaddps", 4u, false)]
    [InlineData("vmovaps", 16u, true)]
    [InlineData("pcmpistri", 1u, false)]
    [Manual("2A", "2.4", "AVX and SSE Instruction Exception Classification")]
    public void Legacy_instructions_want_their_operands_aligned(string kind, uint offset, bool faults)
    {
        AssemblerMemoryOperand memory = __[GuestLayout.Data + offset];
        using Guest guest = new GuestBuilder().ControlBits4(Avx | Cr4.OSXMMEXCPT).Code(a =>
        {
            switch (kind)
            {
                case "movaps": a.movaps(xmm0, memory); break;
                case "movups": a.movups(xmm0, memory); break;
                case "addps": a.addps(xmm0, memory); break;
                case "vaddps": a.vaddps(ymm0, ymm1, memory); break;
                case "vmovaps": a.vmovaps(ymm0, memory); break;
                default: a.pcmpistri(xmm0, memory, 0); break;
            }
        }).Load();
        guest.Processor.SetXcr0(7);
        Assert.Equal(faults ? Faults.ProtectionZero : null, Faults.Of(guest));
    }
}
