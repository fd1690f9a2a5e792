using Iced.Intel;
using Vector20.Hypervisor;
using Vector20.Hypervisor.Mmu;
using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Scheduling;
using Vector20.Proving.Questions;

namespace Vector20.Proving.Asking;

/// <summary>A computer with a guest that acts out one question, under a hypervisor or bare.</summary>
internal sealed class Stage : IDisposable
{
    private const ulong MemorySize = 4 << 20;
    private readonly FramePool _pool = new();
    private Label _act, _others;

    public Stage(QuestionOptions options, Plan plan, bool accessedDirty = true)
    {
        Options = options;
        Computer = new Computer(new ComputerOptions { MemorySize = MemorySize, Processors = plan.Processors, Faults = options.HardwareFaults }, _pool);
        Guest = Build(plan);
        if (options.Hypervisor == HypervisorChoice.Builtin)
        {
            Vm = new VirtualMachine(Computer, new HypervisorOptions
            {
                VeCheck = options.VeCheck,
                Apic = options.Apic ?? VirtualApicMode.Apicv,
                Bugs = options.HypervisorBugs,
                ExceptionBitmap = options.ExceptionBitmap,
                AccessedDirty = accessedDirty,
            });
        }

        plan.Furnish(this);
        EnterOthers(plan);
        if (Vm is null) return;
        Premap(Vm);
        Vm.Start();
    }

    public QuestionOptions Options { get; }

    public Computer Computer { get; }

    public Guest Guest { get; }

    /// <summary>The hypervisor's VM; null on the bare machine.</summary>
    public VirtualMachine? Vm { get; }

    /// <summary>Processor 0, which acts.</summary>
    public Processor Actor => Computer.Processors[0];

    /// <summary>Where the guest acts.</summary>
    public ulong ActAddress => Guest.AddressOf(_act);

    /// <summary>The local APIC as the guest on a processor sees it.</summary>
    public LocalApic ApicOf(int processor) => Vm?.Vcpus[processor].Apic ?? Computer.Processors[processor].Apic;

    /// <summary>Why the guest can go no further; null while it can.</summary>
    public string? Ended { get; private set; }

    /// <summary>Runs until the guest is about to act. False when it never comes there.</summary>
    public bool RunToAct()
    {
        for (int i = 0; i < 2000; i++)
        {
            if (Actor.InstructionPointer == ActAddress) return true;
            if (!Run(1)) return false;
        }

        return false;
    }

    /// <summary>Runs until processor 0 waits for good. False when it never does.</summary>
    public bool RunToEnd()
    {
        for (int i = 0; i < 100; i++)
        {
            if (!Run(1000)) return Ended is not null;
            bool waits = Guest.Finished || Actor.Activity != ActivityState.Active;
            if (waits) return Run(5000) || Ended is not null;
        }

        return false;
    }

    /// <summary>Runs for some instructions. False when there is no going on.</summary>
    public bool Run(ulong instructions)
    {
        if (Vm is { State: not VmState.Alive }) return false;
        RunResult result = Computer.Run(instructions);
        if (Vm is { State: not VmState.Alive } vm) Ended = vm.Why;
        else if (result.End == RunEnd.Shutdown) Ended = "the processor shut down: a triple fault";
        else if (result.End == RunEnd.Unsupported) Ended = $"not implemented: {result.What}";
        else if (result.End is RunEnd.Limit or RunEnd.AllHalted) return true;
        else Ended = result.End.ToString();
        return false;
    }

    public void Dispose()
    {
        Computer.Dispose();
        _pool.Dispose();
    }

    /// <summary>Maps what every guest touches, so that the path shows what is asked about and nothing else.</summary>
    private static void Premap(VirtualMachine vm)
    {
        for (uint page = 0; page < GuestLayout.Data + 0x1_0000; page += 0x1000) MapOnDemand.Handle(vm.Mmu, new GuestPhysicalAddress(page), write: true);
        MapOnDemand.Handle(vm.Mmu, new GuestPhysicalAddress(ApicBase.DefaultAddress), write: true);
    }

    private Guest Build(Plan plan)
    {
        GuestMode mode = Options.CpuMode switch
        {
            CpuMode.Real => GuestMode.Real,
            CpuMode.Protected => GuestMode.Protected,
            CpuMode.Compat => GuestMode.Compatibility,
            _ => GuestMode.Long,
        };
        GuestBuilder builder = new GuestBuilder(mode, Options.Cpl).Handlers(HandlerEnd.Halt).Flags(Eflags.IF);
        if (mode == GuestMode.Protected) builder.Paging(GuestPaging.Bits32);
        builder.Code(a =>
        {
            plan.Prepare(a);
            Place(a, ref _act);
            plan.Act(a);
            Label over = a.CreateLabel();
            a.jmp(over);
            Place(a, ref _others);
            a.pause();
            a.jmp(_others);
            a.Label(ref over);
            a.nop();
        });
        plan.Shape(builder);
        return builder.LoadInto(Computer);
    }

    private static void Place(Assembler a, ref Label label)
    {
        label = a.CreateLabel();
        a.Label(ref label);
    }

    private void EnterOthers(Plan plan)
    {
        foreach (Processor p in Computer.Processors)
        {
            if (p.Index == 0 || !plan.OthersRun) continue;
            Guest.Enter(p);
            p.InstructionPointer = Guest.AddressOf(_others);
        }

        foreach (Processor p in Computer.Processors)
            ApicOf(p.Index).Write((int)ApicRegister.SpuriousInterruptVector, 4, SpuriousVector.SoftwareEnable | SpuriousVector.VectorMask);
    }
}
