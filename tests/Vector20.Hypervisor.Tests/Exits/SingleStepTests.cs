using Iced.Intel;
using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors.Msrs;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Hypervisor.Tests.Exits;

/// <summary>A guest that steps through its own code sees under the hypervisor, which intercepts #DB and some of the instructions, what it sees on the bare machine.</summary>
[Manual("3C", "27.7.3", "Delivery of Pending Debug Exceptions after VM Entry")]
[Manual("3C", "28.3.4", "Saving Non-Register State")]
public class SingleStepTests
{
    private static readonly Dictionary<string, Action<Assembler>> s_codes = new()
    {
        ["nop"] = a => a.nop(),
        ["cpuid"] = a => a.cpuid(),
        ["sti"] = a => { a.sti(); a.nop(); a.cli(); },
        ["sti cpuid"] = a => { a.sti(); a.cpuid(); a.cli(); },
        ["mov ss"] = a => { a.mov(ax, ss); a.mov(ss, ax); a.nop(); },
        ["mov ss, cpuid"] = a => { a.mov(ecx, ss); a.mov(ss, ecx); a.cpuid(); },
        ["in"] = a => a.@in(al, 0x80),
        ["int"] = a => a.@int(0x41),
        ["int3"] = a => a.int3(),
        ["self-IPI"] = a =>
        {
            WriteMsr(a, Msr.ApicBase, 0xFEE0_0D00);
            WriteMsr(a, (Msr)0x80F, 0x1FF);
            a.sti();
            WriteMsr(a, (Msr)0x83F, 0x41);
            a.nop();
            a.cli();
        },
    };

    public static TheoryData<string> Codes => [.. s_codes.Keys];

    [Theory]
    [MemberData(nameof(Codes))]
    public void A_guest_steps_through_its_code_as_on_the_bare_machine(string code)
    {
        IReadOnlyList<HandledEvent> bare = Run(s_codes[code], null, out _), hosted = Run(s_codes[code], new HypervisorOptions(), out VirtualMachine? vm);
        Assert.Null(vm!.Why);
        Assert.NotEmpty(bare);
        Assert.Equal(bare.Select(e => (e.Vector, e.ReturnRip)), hosted.Select(e => (e.Vector, e.ReturnRip)));
    }

    [Fact]
    [Manual("3B", "18.3.1.4", "Single-Step Exception Condition")]
    public void Single_stepping_on_branches_is_refused_by_name()
    {
        using Guest guest = new GuestBuilder().Handlers(HandlerEnd.Return).Code(a =>
        {
            WriteMsr(a, Msr.DebugCtl, (uint)DebugCtl.BTF);
            a.push(0x102);
            a.popfq();
            a.nop();
        }).Load(new ComputerOptions { MemorySize = 4 << 20 });
        guest.Run(2000);
        Assert.Equal("single-stepping on branches", guest.Processor.UnsupportedWhat);
    }

    private static void WriteMsr(Assembler a, Msr msr, uint value)
    {
        a.mov(ecx, (uint)msr);
        a.mov(eax, value);
        a.xor(edx, edx);
        a.wrmsr();
    }

    private static IReadOnlyList<HandledEvent> Run(Action<Assembler> code, HypervisorOptions? options, out VirtualMachine? vm)
    {
        using Guest guest = new GuestBuilder().Handlers(HandlerEnd.Return).Code(a =>
        {
            a.push(0x102);
            a.popfq();
            code(a);
            a.push(2);
            a.popfq();
        }).Load(new ComputerOptions { MemorySize = 4 << 20 });
        vm = options is null ? null : new VirtualMachine(guest.Computer, options);
        vm?.Start();
        if (vm is null) guest.Run(2000);
        else vm.Run(2000);
        return guest.Log;
    }
}
