using Iced.Intel;
using Vector20.Hypervisor.Mmu;
using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Vmx;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Hypervisor;

/// <summary>How a host gets its own NMI handler to run after an exit due to an NMI.</summary>
public enum NmiForwardingWay
{
    /// <summary>It executes INT 2.</summary>
    Int2,

    /// <summary>It pushes an interrupt frame and jumps to the handler, which ends with IRET.</summary>
    Frame,

    /// <summary>It calls a function that returns with RET.</summary>
    Call,
}

/// <summary>What was seen.</summary>
/// <param name="Exits">VM exits before the host ran.</param>
/// <param name="BlockedAfterExit">Whether NMIs were blocked when the host began.</param>
/// <param name="BlockedInHandler">Whether they were blocked at the handler's first instruction.</param>
/// <param name="BlockedAfterwards">Whether they were blocked when the host was done.</param>
/// <param name="HandlerRuns">How often the handler behind vector 2 ran.</param>
public readonly record struct NmiForwardingResult(long Exits, bool BlockedAfterExit, bool BlockedInHandler, bool BlockedAfterwards, int HandlerRuns);

/// <summary>
/// A host in machine code that gets an NMI of its own while a guest runs, and forwards it to its handler (claim C8). The exit itself goes to
/// C#, which then puts the processor at the host's code, in VMX root operation.
/// </summary>
[Manual("3A", "6.7.1", "Handling Multiple NMIs")]
[Manual("3C", "28.3.4", "Saving Non-Register State")]
public sealed class NmiForwarding : IVmExitHandler, IDisposable
{
    private readonly FramePool _pool = new();
    private readonly Guest _code;
    private readonly Computer _computer;
    private Label _host, _function, _guest, _back;
    private long _exits;

    private NmiForwarding(NmiForwardingWay way)
    {
        _computer = new Computer(new ComputerOptions { MemorySize = 4 << 20 }, _pool);
        _code = new GuestBuilder().Handler(2, HandlerEnd.Return).Code(a => Write(a, way)).LoadInto(_computer);
        _computer.Memory.Write(new PhysicalAddress(GuestLayout.Data), Handler);
    }

    private Processor Processor => _computer.Processors[0];

    /// <summary>The handler behind gate 2.</summary>
    private ulong Handler
    {
        get
        {
            ulong gate = _computer.Memory.Read<ulong>(new PhysicalAddress(GuestLayout.Idt + 2 * 16));
            return gate & 0xFFFF | gate >> 32 & 0xFFFF_0000;
        }
    }

    /// <summary>Lets a guest run, sends an NMI, and has the host forward it.</summary>
    public static NmiForwardingResult Run(NmiForwardingWay way)
    {
        using var run = new NmiForwarding(way);
        return run.Perform();
    }

    /// <summary>Has the host execute the same code with no NMI before it, and no blocking.</summary>
    public static NmiForwardingResult RunWithoutNmi(NmiForwardingWay way)
    {
        using var run = new NmiForwarding(way);
        return run.PerformHost();
    }

    /// <inheritdoc/>
    public void OnVmExit(Processor processor)
    {
        _exits++;
        processor.Vmx.Stay = true;
    }

    /// <inheritdoc/>
    public void OnVmFail(Processor processor, string rule) => throw new InvalidOperationException(rule);

    /// <inheritdoc/>
    public void Dispose()
    {
        _computer.Dispose();
        _pool.Dispose();
    }

    private NmiForwardingResult Perform()
    {
        Processor.InstructionPointer = _code.AddressOf(_guest);
        var vm = new VirtualMachine(_computer, new HypervisorOptions());
        MapOnDemand.Handle(vm.Mmu, default, write: true);
        vm.Start();
        Processor.Vmx.Handler = this;
        _computer.Run(20);
        Processor.Apic.Receive(new ApicMessage(DeliveryMode.Nmi, 0));
        _computer.Run(100);
        return PerformHost();
    }

    private NmiForwardingResult PerformHost()
    {
        bool before = Processor.NmisBlocked;
        Processor.Vmx.InHost = false;
        _code.Enter(Processor);
        Processor.InstructionPointer = _code.AddressOf(_host);
        for (int i = 0; i < 20 && Processor.InstructionPointer != Handler && Processor.InstructionPointer != _code.AddressOf(_function); i++) _computer.Run(1);
        bool inside = Processor.NmisBlocked;
        _computer.Run(200);
        return new NmiForwardingResult(_exits, before, inside, Processor.NmisBlocked, _code.HandledCount);
    }

    private void Write(Assembler a, NmiForwardingWay way)
    {
        Place(a, ref _host);
        if (way == NmiForwardingWay.Int2) a.@int(2);
        else if (way == NmiForwardingWay.Frame) Frame(a);
        else Call(a);
        Label wait = default;
        Place(a, ref wait);
        a.hlt();
        a.jmp(wait);
        Place(a, ref _function);
        a.ret();
        Place(a, ref _guest);
        a.pause();
        a.jmp(_guest);
    }

    private void Call(Assembler a)
    {
        _function = a.CreateLabel();
        a.call(_function);
    }

    /// <summary>The frame that an interrupt would push.</summary>
    private void Frame(Assembler a)
    {
        _back = a.CreateLabel();
        a.mov(rax, rsp);
        a.push(GuestLayout.KernelData);
        a.push(rax);
        a.pushfq();
        a.push(GuestLayout.KernelCode);
        a.lea(rbx, __[_back]);
        a.push(rbx);
        a.mov(rbx, GuestLayout.Data);
        a.jmp(__qword_ptr[rbx]);
        a.Label(ref _back);
        a.nop();
    }

    private static void Place(Assembler a, ref Label label)
    {
        if (label.IsEmpty) label = a.CreateLabel();
        a.Label(ref label);
    }
}
