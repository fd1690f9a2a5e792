using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Vmx;

/// <summary>Each instruction that exits: with its reason, qualification, length and information, and not without its control.</summary>
[Manual("3C", "26.1.2", "Instructions That Cause VM Exits Unconditionally")]
[Manual("3C", "26.1.3", "Instructions That Cause VM Exits Conditionally")]
[Manual("3C", "28.2.5", "Information for VM Exits Due to Instruction Execution")]
[Manual("3C", "25.9", "VM-Exit Information Fields")]
[Manual("3D", "C", "VMX Basic Exit Reasons")]
[Manual("3C", "28.2", "Recording VM-Exit Information and Updating VM-Entry Control Fields")]
public class InstructionExitTests
{
    /// <summary>Name, code, reason, qualification, length, information.</summary>
    private static readonly (string Name, Action<Assembler> Code, ExitReason Reason, ulong Qualification, ulong Length, ulong Information)[] s_always =
    [
        ("CPUID", a => a.cpuid(), ExitReason.Cpuid, 0, 2, 0),
        ("INVD", a => a.invd(), ExitReason.Invd, 0, 2, 0),
        ("VMCALL", a => a.vmcall(), ExitReason.Vmcall, 0, 3, 0),
        ("VMLAUNCH", a => a.vmlaunch(), ExitReason.Vmlaunch, 0, 3, 0),
        ("VMRESUME", a => a.vmresume(), ExitReason.Vmresume, 0, 3, 0),
        ("VMXOFF", a => a.vmxoff(), ExitReason.Vmxoff, 0, 3, 0),
        ("VMCLEAR", a => a.vmclear(__qword_ptr[rbx + 0x10]), ExitReason.Vmclear, 0x10, 5, Memory(index: null, rbxNumber: 3)),
        ("VMPTRLD", a => a.vmptrld(__qword_ptr[rbx + r9 * 4 - 8]), ExitReason.Vmptrld, ~7ul, 6, 2 | Memory(index: 9, rbxNumber: 3)),
        ("VMREAD", a => a.vmread(rcx, rdx), ExitReason.Vmread, 0, 3, 1ul << 10 | 1 << 3 | 2ul << 28),
        ("VMWRITE", a => a.vmwrite(rdx, __qword_ptr[rbx]), ExitReason.Vmwrite, 0, 3, Memory(index: null, rbxNumber: 3) | 2ul << 28),
        ("INVEPT", a => a.invept(rdi, __xmmword_ptr[rbx]), ExitReason.Invept, 0, 5, Memory(index: null, rbxNumber: 3) | 7ul << 28),
    ];

    private static readonly (string Name, Action<Assembler> Code, Action<Vmcs> Control, ExitReason Reason, ulong Qualification, ulong Length, ulong Information)[] s_controlled =
    [
        ("HLT", a => a.hlt(), v => v.Set(ProcessorBasedControls.HltExiting), ExitReason.Hlt, 0, 1, 0),
        ("INVLPG", a => { a.mov(ebx, 0x1234); a.invlpg(__byte_ptr[rbx]); }, v => v.Set(ProcessorBasedControls.InvlpgExiting), ExitReason.Invlpg, 0x1234, 3, 0),
        ("RDTSC", a => a.rdtsc(), v => v.Set(ProcessorBasedControls.RdtscExiting), ExitReason.Rdtsc, 0, 2, 0),
        ("RDTSCP", a => a.rdtscp(), v => v.Set(ProcessorBasedControls.RdtscExiting), ExitReason.Rdtscp, 0, 3, 0),
        ("WBINVD", a => a.wbinvd(), v => v.Set(SecondaryControls.WbinvdExiting), ExitReason.WbinvdOrWbnoinvd, 0, 2, 0),
        ("PAUSE", a => a.pause(), v => v.Set(ProcessorBasedControls.PauseExiting), ExitReason.Pause, 0, 2, 0),
        ("RDRAND", a => a.rdrand(r10), v => v.Set(SecondaryControls.RdrandExiting), ExitReason.Rdrand, 0, 4, 10 << 3 | 2 << 11),
        ("RDSEED", a => a.rdseed(cx), v => v.Set(SecondaryControls.RdseedExiting), ExitReason.Rdseed, 0, 4, 1 << 3),
        ("INVPCID", a => { a.xor(edi, edi); a.mov(ebx, (int)GuestLayout.Data); a.invpcid(rdi, __xmmword_ptr[rbx]); }, v => v.Set(ProcessorBasedControls.InvlpgExiting),
            ExitReason.Invpcid, 0, 5, Memory(index: null, rbxNumber: 3) | 7ul << 28),
        ("MOV to CR8", a => { a.xor(esi, esi); a.mov(cr8, rsi); }, v => v.Set(ProcessorBasedControls.Cr8LoadExiting), ExitReason.ControlRegisterAccess, 8 | 6 << 8, 4, 0),
        ("MOV from CR8", a => a.mov(rax, cr8), v => v.Set(ProcessorBasedControls.Cr8StoreExiting), ExitReason.ControlRegisterAccess, 8 | 1 << 4, 4, 0),
        ("SGDT", a => { a.mov(ebx, (int)GuestLayout.Data); a.sgdt(__[rbx + 4]); }, v => v.Set(SecondaryControls.DescriptorTableExiting), ExitReason.AccessToGdtrOrIdtr, 4, 4,
            Memory(index: null, rbxNumber: 3) | 1 << 11),
        ("SIDT", a => { a.mov(ebx, (int)GuestLayout.Data); a.sidt(__[rbx]); }, v => v.Set(SecondaryControls.DescriptorTableExiting), ExitReason.AccessToGdtrOrIdtr, 0, 3,
            Memory(index: null, rbxNumber: 3) | 1 << 11 | 1ul << 28),
        ("STR", a => a.str(r8d), v => v.Set(SecondaryControls.DescriptorTableExiting), ExitReason.AccessToLdtrOrTr, 0, 4, 8 << 3 | 1 << 10 | 1ul << 28),
        ("LLDT", a => { a.xor(eax, eax); a.lldt(ax); }, v => v.Set(SecondaryControls.DescriptorTableExiting), ExitReason.AccessToLdtrOrTr, 0, 4, 1 << 10 | 2ul << 28),
    ];

    public static TheoryData<string> Always => [.. s_always.Select(row => row.Name)];

    public static TheoryData<string> Controlled => [.. s_controlled.Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Always))]
    public void An_unconditional_instruction_exits_with_every_control_off(string name)
    {
        (_, Action<Assembler> code, ExitReason reason, ulong qualification, ulong length, ulong information) = s_always.Single(row => row.Name == name);
        using VmxGuest guest = VmxGuest.Run(code);
        guest.AssertExit(reason, qualification, length, information);
        Assert.Equal(guest.Guest.Processor.InstructionPointer, guest.Last[VmcsField.GuestRip]);
    }

    [Theory]
    [MemberData(nameof(Controlled))]
    public void A_conditional_instruction_exits_under_its_control(string name)
    {
        (_, Action<Assembler> code, Action<Vmcs> control, ExitReason reason, ulong qualification, ulong length, ulong information) = s_controlled.Single(row => row.Name == name);
        using VmxGuest guest = VmxGuest.Run(code, v => { Enable(v); control(v); });
        guest.AssertExit(reason, qualification, length, information);
    }

    [Theory]
    [MemberData(nameof(Controlled))]
    public void A_conditional_instruction_does_not_exit_without_its_control(string name)
    {
        using VmxGuest guest = VmxGuest.Run(s_controlled.Single(row => row.Name == name).Code, Enable);
        guest.AssertNoExit();
    }

    [Fact]
    public void An_exit_changes_no_register_and_the_host_can_skip_the_instruction()
    {
        using VmxGuest guest = VmxGuest.Build(a => { a.mov(eax, 7); a.cpuid(); a.mov(ebx, 5); });
        guest.OnExit = g => g.SkipInstruction();
        guest.Run(100);
        Assert.Single(guest.Exits);
        Assert.Equal(7ul, guest.Processor[0]);
        Assert.Equal(5ul, guest.Processor[3]);
    }

    [Fact]
    [Manual("3C", "26.1.1", "Relative Priority of Faults and VM Exits")]
    public void A_fault_for_want_of_privilege_comes_before_the_exit()
    {
        using VmxGuest guest = VmxGuest.Run(a => a.hlt(), v => v.Set(ProcessorBasedControls.HltExiting), new GuestBuilder(cpl: 3));
        Assert.DoesNotContain(guest.Exits, exit => (ExitReason)exit[VmcsField.ExitReason] == ExitReason.Hlt && exit[VmcsField.GuestRip] < GuestLayout.Handlers);
        Assert.Equal(13, guest.Guest.Log.Single().Vector);
    }

    [Theory]
    [InlineData("RDTSCP")]
    [InlineData("INVPCID")]
    [Manual("3C", "26.3", "Changes to Instruction Behavior in VMX Non-Root Operation")]
    public void An_instruction_that_a_control_must_enable_is_undefined_without_it(string name)
    {
        using VmxGuest guest = VmxGuest.Run(s_controlled.Single(row => row.Name == name).Code);
        Assert.Equal(6, guest.Guest.Log.Single().Vector);
    }

    private static void Enable(Vmcs vmcs) => vmcs.Set(SecondaryControls.EnableRdtscp | SecondaryControls.EnableInvpcid);

    /// <summary>64-bit address size, segment DS, base RBX, an index or none.</summary>
    private static ulong Memory(int? index, int rbxNumber) =>
        2 << 7 | 3 << 15 | (ulong)rbxNumber << 23 | (index is { } i ? (ulong)i << 18 : 1ul << 22);
}
