using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Events;

/// <summary>Every exception that an instruction raises: its vector, its error code, and the address to which its handler returns.</summary>
[Manual("3A", "6.15", "Exception and Interrupt Reference")]
[Manual("2A", "3.3", "BOUND—Check Array Index Against Bounds")]
public class ExceptionTests
{
    private const ushort NotPresentData = 0x100, ReadOnlyData = 0x108, NotPresentCode = 0x110;

    /// <summary>Code, after which the faulting instruction follows at a label; then the vector, the error code, and whether the return address is behind it.</summary>
    private sealed record Case(Action<Assembler> Prepare, Action<Assembler> Raise, ExceptionVector Vector, uint? ErrorCode = null, bool Trap = false);

    private static readonly Dictionary<string, Case> s_cases = new()
    {
        ["DIV by 0"] = new(a => a.xor(ecx, ecx), a => a.div(ecx), ExceptionVector.DivideError),
        ["INT1"] = new(_ => { }, a => a.db(0xF1), ExceptionVector.Debug, Trap: true),
        ["INT3"] = new(_ => { }, a => a.db(0xCC), ExceptionVector.Breakpoint, Trap: true),
        ["INTO"] = new(Overflow, a => a.db(0xCE), ExceptionVector.Overflow, Trap: true),
        ["BOUND"] = new(BoundOperands, a => a.bound(eax, __qword_ptr[ebx]), ExceptionVector.BoundRange),
        ["UD0"] = new(_ => { }, a => a.db(0x0F, 0xFF, 0xC0), ExceptionVector.InvalidOpcode),
        ["UD1"] = new(_ => { }, a => a.db(0x0F, 0xB9, 0xC0), ExceptionVector.InvalidOpcode),
        ["UD2"] = new(_ => { }, a => a.ud2(), ExceptionVector.InvalidOpcode),
        ["LOCK MOV"] = new(_ => { }, a => a.db(0xF0, 0x89, 0xC0), ExceptionVector.InvalidOpcode),
        ["16 bytes of prefixes"] = new(_ => { }, a => a.db(0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x90), ExceptionVector.GeneralProtection, 0),
        ["a segment not present"] = new(a => a.mov(eax, NotPresentData), a => a.mov(es, ax), ExceptionVector.SegmentNotPresent, NotPresentData),
        ["a stack segment not present"] = new(a => a.mov(eax, NotPresentData), a => a.mov(ss, ax), ExceptionVector.StackFault, NotPresentData),
        ["a read-only stack segment"] = new(a => a.mov(eax, ReadOnlyData), a => a.mov(ss, ax), ExceptionVector.GeneralProtection, ReadOnlyData),
        ["a selector beyond the table"] = new(a => a.mov(eax, 0x7F8), a => a.mov(ds, ax), ExceptionVector.GeneralProtection, 0x7F8),
        ["a reserved bit of CR4"] = new(a => a.mov(eax, unchecked((int)0x8000_0000)), a => a.db(0x0F, 0x22, 0xE0), ExceptionVector.GeneralProtection, 0),
    };

    public static TheoryData<GuestMode, string> EveryMode
    {
        get
        {
            var data = new TheoryData<GuestMode, string>();
            foreach (GuestMode mode in (GuestMode[])[GuestMode.Real, GuestMode.Protected16, GuestMode.Protected, GuestMode.Compatibility, GuestMode.Long])
            {
                foreach (string name in s_cases.Keys)
                    if (Exists(name, mode)) data.Add(mode, name);
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(EveryMode))]
    public void An_exception_reaches_its_vector_with_its_error_code_and_restart_point(GuestMode mode, string name)
    {
        Case test = s_cases[name];
        Label at = default, behind = default;
        using Guest guest = new GuestBuilder(mode).Handlers(HandlerEnd.Halt)
            .Descriptor(NotPresentData, 0x00CF_1300_0000_FFFF).Descriptor(ReadOnlyData, 0x00CF_9100_0000_FFFF).Descriptor(NotPresentCode, 0x00CF_1B00_0000_FFFF)
            .Code(a =>
            {
                test.Prepare(a);
                at = Mark(a);
                test.Raise(a);
                behind = Mark(a);
                a.nop();
            }).Load();
        guest.Run();
        HandledEvent handled = Assert.Single(guest.Log);
        Assert.Equal(test.Vector, (ExceptionVector)handled.Vector);
        Assert.Equal(mode == GuestMode.Real ? null : test.ErrorCode, handled.ErrorCode);
        Assert.Equal(guest.AddressOf(test.Trap ? behind : at), handled.ReturnRip);
    }

    [Theory, MemberData(nameof(EveryMode))]
    [Manual("3B", "18.3.1.1", "Instruction-Breakpoint Exception Condition")]
    public void A_fault_pushes_RF_1_and_a_trap_RF_0_where_the_frame_is_wide_enough(GuestMode mode, string name)
    {
        if (mode == GuestMode.Real) return;
        Case test = s_cases[name];
        using Guest guest = new GuestBuilder(mode).Handlers(HandlerEnd.Halt)
            .Descriptor(NotPresentData, 0x00CF_1300_0000_FFFF).Descriptor(ReadOnlyData, 0x00CF_9100_0000_FFFF)
            .Code(a =>
            {
                test.Prepare(a);
                test.Raise(a);
            }).Load();
        guest.Run();
        Assert.Equal(!test.Trap, (guest.Log[0].Rflags & Eflags.RF) != 0);
    }

    [Theory]
    [InlineData(GuestPaging.Bits32, GuestMode.Protected)]
    [InlineData(GuestPaging.Pae, GuestMode.Protected)]
    [InlineData(GuestPaging.FourLevel, GuestMode.Long)]
    [InlineData(GuestPaging.FiveLevel, GuestMode.Long)]
    [InlineData(GuestPaging.FourLevel, GuestMode.Compatibility)]
    [Manual("3A", "6.15", "Interrupt 14 - Page-Fault Exception (#PF)")]
    public void A_page_fault_restarts_its_instruction_with_the_address_in_CR2(GuestPaging paging, GuestMode mode)
    {
        Label at = default;
        using Guest guest = new GuestBuilder(mode, cpl: 3).Paging(paging).Page(GuestLayout.Data, 0).Handler(14, HandlerEnd.Halt).Code(a =>
        {
            at = Mark(a);
            a.mov(__dword_ptr[GuestLayout.Data + 0x123], eax);
        }).Load();
        guest.Run();
        HandledEvent handled = Assert.Single(guest.Log);
        Assert.Equal((14, 6u), ((int)handled.Vector, handled.ErrorCode!.Value));
        Assert.Equal(guest.AddressOf(at), handled.ReturnRip);
        Assert.Equal(GuestLayout.Data + 0x123, guest.Processor.ControlRegister2);
    }

    [Theory]
    [InlineData(GuestMode.Protected)]
    [InlineData(GuestMode.Compatibility)]
    [InlineData(GuestMode.Long)]
    [Manual("3A", "6.15", "Interrupt 17 - Alignment Check Exception (#AC)")]
    public void A_misaligned_access_at_CPL_3_raises_AC_with_error_code_0(GuestMode mode)
    {
        using Guest guest = new GuestBuilder(mode, cpl: 3).Flags(Eflags.AC).Code(a => a.mov(eax, __dword_ptr[GuestLayout.Data + 1])).Load();
        guest.Processor.ControlRegister0 |= Cr0.AM;
        guest.Processor.ContextChanged();
        guest.Run();
        Assert.Equal((17, 0u), ((int)guest.Log[0].Vector, guest.Log[0].ErrorCode!.Value));
    }

    [Fact]
    public void A_non_canonical_address_is_SS_through_the_stack_and_GP_elsewhere()
    {
        Assert.Equal((12, 0u), FaultOf(a => a.mov(rax, __qword_ptr[rsp + rbx])));
        Assert.Equal((13, 0u), FaultOf(a => a.mov(rax, __qword_ptr[rdx + rbx])));
    }

    internal static (int Vector, uint? ErrorCode) FaultOf(Action<Assembler> instruction)
    {
        using Guest guest = new GuestBuilder().Handlers(HandlerEnd.Halt).Code(a =>
        {
            a.mov(rbx, 0x8000_0000_0000_0000);
            instruction(a);
        }).Load();
        guest.Run();
        return (guest.Log[0].Vector, guest.Log[0].ErrorCode);
    }

    private static Label Mark(Assembler a)
    {
        Label label = a.CreateLabel();
        a.Label(ref label);
        return label;
    }

    private static void Overflow(Assembler a)
    {
        a.mov(eax, int.MaxValue);
        a.add(eax, 1);
    }

    private static void BoundOperands(Assembler a)
    {
        a.mov(ebx, 0x100);
        a.mov(eax, 5);
    }

    /// <summary>INTO and BOUND are not 64-bit instructions; real mode has no descriptors to refuse.</summary>
    private static bool Exists(string name, GuestMode mode) => mode switch
    {
        GuestMode.Long => name is not ("INTO" or "BOUND"),
        GuestMode.Real => !name.Contains("segment", StringComparison.Ordinal) && !name.Contains("selector", StringComparison.Ordinal),
        _ => true,
    };
}
