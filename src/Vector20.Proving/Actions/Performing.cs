using Vector20.Hypervisor;
using Vector20.Hypervisor.Mmu.Operations;
using Vector20.Machine.Apic;
using Vector20.Machine.Processors;
using Vector20.Machine.Scheduling;
using Vector20.Proving.Questions;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Actions;

/// <summary>How an action went.</summary>
public enum ActionEnd : byte
{
    /// <summary>Every vCPU waits again, or waits for a start-up IPI.</summary>
    Quiet,

    /// <summary>The VM is not alive any more.</summary>
    VmEnded,

    /// <summary>The machine does not implement what the action needs, and says so.</summary>
    Unsupported,

    /// <summary>The guest was still busy when the limit was reached.</summary>
    Busy,
}

/// <summary>Performs actions in a world.</summary>
internal static class Performing
{
    /// <summary>Time for one action, in ticks: more than a thousand times what the longest handler takes.</summary>
    public const ulong Limit = 40_000;

    /// <summary>How long a pin stays asserted: until its device has been served.</summary>
    private const ulong PulseTime = 200;

    private const uint ApicPage = 0xFEE0_0000;

    private static readonly ushort s_store = (ushort)GuestCodeTable.Number("store"), s_storePair = (ushort)GuestCodeTable.Number("store-pair"), s_wrmsr = (ushort)GuestCodeTable.Number("wrmsr");

    /// <summary>Whether an action is possible now: the vCPU waits, the guest has the code, the host's operation makes sense.</summary>
    public static bool IsPossible(World world, in WorldAction action)
    {
        if (world.Vm.State != VmState.Alive) return false;
        if (action.Kind == ActionKind.Host) return world.Operation is null && HostOperations.All[action.Code].Possible(world.Vm);
        if (action.Kind is ActionKind.Nmi or ActionKind.Interrupt) return true;
        if (action.Kind == ActionKind.Bitmap) return world.Options.Apic != VirtualApicMode.Bare;
        if (action.Kind == ActionKind.Inject) return world.Options.Apic != VirtualApicMode.Bare && HostEvents.MayInject(world.Vm.Vcpus[action.Vcpu]);
        Processor p = world.Computer.Processors[action.Vcpu];
        if (!world.Guest.IsIdle(p)) return false;
        return action.Kind switch
        {
            ActionKind.Code => world.Guest.Has(action.Code),
            ActionKind.Touch => world.Guest.Has(action.Code) && (world.Options.LargestPage < 3 || !NeedsContents(action.Code)),
            ActionKind.SelfIpi => world.Options.X2Apic && world.Options.Cpl == 0,
            _ => world.Options.Cpl == 0,
        };
    }

    /// <summary>Whether an access makes the processor act on what the page holds, which a page without memory behind it does not have.</summary>
    private static bool NeedsContents(int piece) => GuestCodeTable.All[piece].Name is "fetch" or "event-idt" or "event-gdt";

    /// <summary>Performs an action to its end.</summary>
    public static ActionEnd Perform(World world, in WorldAction action)
    {
        Begin(world, action);
        if (world.Operation is { } operation)
        {
            while (MmuOperations.Step(world.Vm.Mmu, ref operation))
            {
            }

            world.Operation = null;
        }

        ActionEnd end = Settle(world);
        if (action.Kind != ActionKind.Lvt || end != ActionEnd.Quiet) return end;
        LvtSignals.Signal(world.ApicOf(action.Vcpu), (LvtEntry)action.Code);
        world.Run(PulseTime);
        LvtSignals.Release(world.ApicOf(action.Vcpu));
        return Settle(world);
    }

    /// <summary>Lets all vCPUs run until they wait.</summary>
    public static ActionEnd Settle(World world) => world.Run(Limit) switch
    {
        RunEnd.AllHalted => ActionEnd.Quiet,
        RunEnd.Limit => ActionEnd.Busy,
        RunEnd.Unsupported => ActionEnd.Unsupported,
        _ => ActionEnd.VmEnded,
    };

    /// <summary>Begins an action: the vCPU is at the code, or the host's operation has done nothing yet. What the host does in one go is done.</summary>
    public static void Begin(World world, in WorldAction action)
    {
        switch (action.Kind)
        {
            case ActionKind.Code:
                Start(world, action.Vcpu, action.Code, (uint)action.Value);
                break;
            case ActionKind.Touch:
                Touch(world, action);
                break;
            case ActionKind.Ipi:
                SendIpi(world, action);
                break;
            case ActionKind.Lvt:
                WriteRegister(world, action.Vcpu, (uint)LvtSignals.RegisterOf((LvtEntry)action.Code), (uint)action.Value);
                break;
            case ActionKind.SelfIpi:
                WriteRegister(world, action.Vcpu, (uint)ApicRegister.SelfIpi, (uint)action.Value);
                break;
            case ActionKind.Host:
                world.Operation = MmuProgress.Of(HostOperations.All[action.Code].Operation);
                break;
            case ActionKind.Nmi:
                world.ApicOf(action.Vcpu).Receive(new ApicMessage(DeliveryMode.Nmi, 0));
                break;
            case ActionKind.Interrupt:
                world.ApicOf(action.Vcpu).Receive(new ApicMessage(DeliveryMode.Fixed, (byte)action.Code));
                break;
            case ActionKind.Bitmap:
                HostEvents.SetBitmap(world.Vm.Vcpus[action.Vcpu], action.Code != 0);
                break;
            case ActionKind.Inject:
                HostEvents.Inject(world.Vm.Vcpus[action.Vcpu], (byte)action.Code);
                break;
        }
    }

    private static void Start(World world, int vcpu, int piece, uint ebx, uint eax = 0)
    {
        Processor p = world.Computer.Processors[vcpu];
        world.Guest.Start(p, piece);
        p[3] = ebx;
        p[0] = eax;
    }

    private static void Touch(World world, in WorldAction action)
    {
        string access = GuestCodeTable.All[action.Code].Name;
        int page = (int)action.Value;
        CpuMode mode = world.Options.Mode;
        bool walks = access is "walk" or "walk-write";
        if (walks) TestPages.ResetTable(world, page);
        Start(world, action.Vcpu, action.Code, walks ? TestPages.Behind(mode, page) : TestPages.LinearOf(mode, page));
    }

    private static void SendIpi(World world, in WorldAction action)
    {
        Processor p = world.Computer.Processors[action.Vcpu];
        if (world.Options.X2Apic)
        {
            WriteMsr(world, action.Vcpu, (uint)ApicRegister.InterruptCommandLow, action.Value);
            return;
        }

        Start(world, action.Vcpu, s_storePair, ApicPage | (uint)ApicRegister.InterruptCommandLow, (uint)action.Value);
        p[6] = ApicPage | (uint)ApicRegister.InterruptCommandHigh;
        p[7] = action.Value >> 32;
    }

    private static void WriteRegister(World world, int vcpu, uint register, uint value)
    {
        if (world.Options.X2Apic) WriteMsr(world, vcpu, register, value);
        else Start(world, vcpu, s_store, ApicPage | register, value);
    }

    private static void WriteMsr(World world, int vcpu, uint register, ulong value)
    {
        Processor p = world.Computer.Processors[vcpu];
        Start(world, vcpu, s_wrmsr, 0, (uint)value);
        p[1] = 0x800 + (register >> 4);
        p[2] = value >> 32;
    }
}
