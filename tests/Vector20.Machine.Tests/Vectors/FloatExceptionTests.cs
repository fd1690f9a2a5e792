using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Tests.SystemInstructions;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vectors;

/// <summary>Floating-point exceptions that are not masked: at once for SSE, before the next instruction that waits for x87.</summary>
public class FloatExceptionTests
{
    private const uint ZeroDivideUnmasked = 0x1F80 & ~(1u << 9);

    [Theory]
    [InlineData(Cr4.OSXMMEXCPT, ExceptionVector.SimdFloatingPoint)]
    [InlineData(0ul, ExceptionVector.InvalidOpcode)]
    [Manual("3A", "6.15", "Interrupt 19—SIMD Floating-Point Exception (#XM)")]
    [Manual("1", "11.5.3", "Generating SIMD Floating-Point Exceptions")]
    public void An_unmasked_SIMD_exception_is_XM_or_without_OSXMMEXCPT_UD(ulong cr4, ExceptionVector expected)
    {
        using Guest guest = Simd(cr4, ZeroDivideUnmasked, a => a.divps(xmm0, xmm1));
        Assert.Equal(Event.Exception(expected), Faults.Of(guest));
        Assert.Equal(ZeroDivideUnmasked | 4, guest.Processor.Extended.File.Mxcsr);
    }

    [Fact]
    [Manual("1", "10.2.3", "MXCSR Control and Status Register")]
    [Manual("2A", "3.3", "LDMXCSR—Load MXCSR Register")]
    [Manual("2B", "4.3", "STMXCSR—Store MXCSR Register State")]
    public void Masked_it_sets_a_flag_that_STMXCSR_stores()
    {
        using Guest guest = Simd(Cr4.OSXMMEXCPT, 0x1F80, a => { a.divps(xmm0, xmm1); a.stmxcsr(__dword_ptr[GuestLayout.Data + 16]); });
        Assert.Null(Faults.Of(guest));
        Assert.Equal(0x1F84u, guest.Computer.Memory.Read<uint>(new PhysicalAddress(GuestLayout.Data + 16)));
    }

    [Fact]
    [Manual("2A", "3.3", "LDMXCSR—Load MXCSR Register")]
    public void LDMXCSR_refuses_reserved_bits()
    {
        using Guest guest = Simd(0, 0x1_1F80, a => a.nop());
        Assert.Equal(Faults.ProtectionZero, Faults.Of(guest));
    }

    [Theory]
    [InlineData("fld1", ExceptionVector.FloatingPoint)]
    [InlineData("fwait", ExceptionVector.FloatingPoint)]
    [InlineData("paddb", ExceptionVector.FloatingPoint)]
    [InlineData("fnstsw", null)]
    [InlineData("fnclex", null)]
    [Manual("1", "8.7", "Handling x87 FPU Exceptions in Software")]
    [Manual("3A", "6.15", "Interrupt 16—x87 FPU Floating-Point Error (#MF)")]
    public void An_unmasked_x87_exception_waits_for_the_next_waiting_instruction(string next, ExceptionVector? expected)
    {
        using Guest guest = DividesByZero(next);
        Assert.Equal(expected is { } vector ? Event.Exception(vector) : null, Faults.Of(guest));
    }

    [Fact]
    [Manual("1", "8.7", "Handling x87 FPU Exceptions in Software")]
    public void With_NE_clear_it_ends_the_run_by_name()
    {
        using Guest guest = DividesByZero("fld1");
        guest.Processor.ControlRegister0 &= ~Cr0.NE;
        guest.Run(20);
        Assert.Contains("CR0.NE", guest.Processor.UnsupportedWhat, StringComparison.Ordinal);
    }

    [Fact]
    [Manual("1", "8.5.1.1", "Stack Overflow or Underflow Exception (#IS)")]
    [Manual("1", "8.1", "x87 FPU Execution Environment")]
    [Manual("1", "10.2", "SSE Programming Environment")]
    public void After_power_up_the_stack_is_full_of_zeros_and_after_FNINIT_empty()
    {
        using Guest guest = new GuestBuilder().Code(a => { a.fnstsw(ax); a.fninit(); a.fld1(); a.fnstsw(ax); }).Load();
        Assert.Equal(((ushort)0x40, (ushort)0xFF, 0x1F80u), (guest.Processor.Extended.File.ControlWord, guest.Processor.Extended.File.Valid, guest.Processor.Extended.File.Mxcsr));
        Assert.Null(Faults.Of(guest));
        Assert.Equal(0x3800u, (uint)guest.Processor[0] & 0xFFFF);
        Assert.Equal((ushort)0x80, guest.Processor.Extended.File.Valid);
    }

    [Fact]
    [Manual("1", "8.1.9.1", "Fopcode Compatibility Sub-mode")]
    [Manual("1", "8.1.8", "x87 FPU Instruction and Data (Operand) Pointers")]
    public void An_unmasked_exception_notes_opcode_and_place()
    {
        using Guest guest = DividesByZero("fnstsw");
        Assert.Null(Faults.Of(guest));
        ref ExtendedRegisterFile file = ref guest.Processor.Extended.File;
        Assert.Equal((ushort)0x6F1, file.Opcode);
        Assert.Equal(0xF1DE, guest.Computer.Memory.Read<ushort>(new PhysicalAddress(file.InstructionPointer)));
    }

    /// <summary>1 / 0 with the exception unmasked, by FDIVP (DE F9) and then something else.</summary>
    private static Guest DividesByZero(string next) => new GuestBuilder().Bytes(GuestLayout.Data, 0x7B, 0x03).Code(a =>
    {
        a.fninit();
        a.fldcw(__word_ptr[GuestLayout.Data]);
        a.fldz();
        a.fld1();
        a.fdivrp(st1, st0);
        switch (next)
        {
            case "fld1": a.fld1(); break;
            case "fwait": a.wait(); break;
            case "paddb": a.paddb(mm0, mm1); break;
            case "fnstsw": a.fnstsw(ax); break;
            default: a.fnclex(); a.fld1(); break;
        }
    }).Load();

    /// <summary>1 and 0 in XMM0 and XMM1 with an MXCSR, then code.</summary>
    private static Guest Simd(ulong cr4, uint mxcsr, Action<Assembler> code) => new GuestBuilder().ControlBits4(Cr4.OSFXSR | cr4)
        .Bytes(GuestLayout.Data, BitConverter.GetBytes(mxcsr)).Code(a =>
        {
            a.ldmxcsr(__dword_ptr[GuestLayout.Data]);
            a.mov(eax, 0x3F80_0000);
            a.movd(xmm0, eax);
            a.shufps(xmm0, xmm0, 0);
            a.xorps(xmm1, xmm1);
            code(a);
        }).Load();
}
