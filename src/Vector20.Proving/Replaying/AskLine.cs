using Vector20.Hypervisor;
using Vector20.Machine;
using Vector20.Machine.Apic;
using Vector20.Proving.Actions;
using Vector20.Proving.Exploring;
using Vector20.Proving.Questions;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Replaying;

/// <summary>A counterexample of one action as the command that asks it.</summary>
public static class AskLine
{
    private const ulong OrdinaryBits = 0xFF | 7 << 8 | 1 << 14 | 3 << 18;

    /// <summary>The command; null where <c>ask</c> has no words for the action.</summary>
    public static string? Of(Counterexample found)
    {
        if (found.Path.Count(a => a.Kind != ActionKind.Step) != 1 || found.World.Vcpus > 2 || found.World.Gates != GateKind.Interrupt) return null;
        WorldAction action = found.Path[0];
        return SourceOf(action, found.World) is { } source ? $"vector20 ask {source}{OptionsOf(found.World)}" : null;
    }

    private static string? SourceOf(in WorldAction action, WorldOptions world) => action.Kind switch
    {
        ActionKind.Code => OfCode(GuestCodeTable.All[action.Code].Name),
        ActionKind.Ipi => OfIpi(new InterruptCommand(action.Value), world.X2Apic),
        ActionKind.Touch when action.Value < TestPages.SinglePage => OfTouch(GuestCodeTable.All[action.Code].Name, world),
        ActionKind.Lvt => OfLvt((LvtEntry)action.Code, action.Value),
        ActionKind.Nmi => "nmi",
        _ => null,
    };

    private static string? OfCode(string name)
    {
        if (name.StartsWith("int-", StringComparison.Ordinal)) return $"int {name[4..]}";
        if (Names.TryParse(name, out EventInstruction _)) return name;
        return name switch
        {
            "divide-error" or "general-protection" or "page-fault" or "stack-fault" or "segment-not-present" or "alignment-check" or "invalid-tss" or "double-fault" => $"exception {name}",
            _ => null,
        };
    }

    /// <summary>In a world's first state nothing is mapped behind the test pages.</summary>
    private static string? OfTouch(string access, WorldOptions world)
    {
        string? name = access switch { "walk" => "page-walk", "event-stack" or "event-idt" or "event-gdt" or "read" or "write" or "fetch" => access, _ => null };
        return name is null || world.EptLevels != 4 ? null : $"touch not-present{(name == "read" ? "" : $" --access {name}")}{(world.AccessedDirty ? "" : " --no-accessed-dirty")}";
    }

    private static string? OfIpi(InterruptCommand command, bool x2Apic)
    {
        bool usual = (command.Value & ~OrdinaryBits & uint.MaxValue) == 0 && command.Assert;
        string? mode = command.Mode switch
        {
            DeliveryMode.Fixed => "",
            DeliveryMode.LowestPriority => " --mode lowest",
            DeliveryMode.Smi => " --mode smi",
            DeliveryMode.Nmi => " --mode nmi",
            DeliveryMode.Init => " --mode init",
            DeliveryMode.StartUp => " --mode sipi",
            DeliveryMode.ExtInt => " --mode extint",
            _ => null,
        };
        if (!usual || mode is null) return null;
        uint id = x2Apic ? command.X2ApicDestination : command.XApicDestination;
        string to = command.Shorthand switch
        {
            DestinationShorthand.Self => "",
            DestinationShorthand.AllIncludingSelf => " --to all",
            DestinationShorthand.AllExcludingSelf => " --to others",
            _ => $" --to {id}",
        };
        return $"ipi {command.Vector}{mode}{to}{(x2Apic ? " --x2apic" : "")}";
    }

    private static string? OfLvt(LvtEntry entry, ulong value)
    {
        string? mode = (value >> 8 & 7) switch { 0 => "", 2 => " --mode smi", 4 => " --mode nmi", 5 => " --mode init", 7 => " --mode extint", _ => null };
        return mode is null ? null : $"lvt {Names.Of(entry)} {value & 0xFF}{mode}{((value & LocalVector.Mask) != 0 ? " --masked" : "")}";
    }

    private static string OptionsOf(WorldOptions world)
    {
        string line = world.Apic == VirtualApicMode.Apicv ? "" : $" --apic {Names.Of(world.Apic)}";
        if (world.Mode != CpuMode.Long) line += $" --cpu-mode {Names.Of(world.Mode)}";
        if (world.Cpl != 0) line += $" --cpl {world.Cpl}";
        if (world.VeCheck != VeCheck.Kill) line += $" --ve-check {Names.Of(world.VeCheck)}";
        foreach (HardwareFaults fault in Enum.GetValues<HardwareFaults>())
            if (fault != 0 && world.HardwareFaults.HasFlag(fault)) line += $" --hardware-fault {Names.Of(fault)}";
        foreach (HypervisorBugs bug in Enum.GetValues<HypervisorBugs>())
            if (bug != 0 && world.HypervisorBugs.HasFlag(bug)) line += $" --hypervisor-bug {Names.Of(bug)}";
        return line;
    }
}
