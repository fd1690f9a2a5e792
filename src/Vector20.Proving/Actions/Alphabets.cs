using System.Collections.Concurrent;
using Vector20.Machine.Apic;
using Vector20.Proving.Questions;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Actions;

/// <summary>The sets of actions, by name, always in the same order: the simplest first, so that the first counterexample is the simplest.</summary>
public static class Alphabets
{
    /// <summary>INT 0 to INT 255.</summary>
    public const string Ints = "int";

    /// <summary>Every instruction and every piece of code that raises an exception.</summary>
    public const string Exceptions = "exceptions";

    /// <summary>Every instruction that exits.</summary>
    public const string Exits = "exits";

    /// <summary>Every value of the interrupt command register that differs in meaning.</summary>
    public const string Ipis = "ipi";

    /// <summary>Every value of every entry of the local vector table.</summary>
    public const string Lvts = "lvt";

    /// <summary>Every self IPI.</summary>
    public const string SelfIpis = "self-ipi";

    /// <summary>What the host sends and injects: NMI, every interrupt, every exception but #VE; and the exception bitmap.</summary>
    public const string HostEvents = "host-events";

    /// <summary>Every kind of access to each test page.</summary>
    public const string Touches = "touches";

    /// <summary>The host's operations, and reads and writes of two pages: what moves EPT entries from state to state.</summary>
    public const string Memory = "memory";

    /// <summary>One of each class: what sequences are made of.</summary>
    public const string Classes = "classes";

    private static readonly ConcurrentDictionary<(string, int, bool), IReadOnlyList<WorldAction>> s_made = new();

    /// <summary>The actions of a name in a world.</summary>
    public static IReadOnlyList<WorldAction> Named(string name, WorldOptions world) =>
        s_made.GetOrAdd((name, world.Vcpus, world.X2Apic), key => [.. Make(key.Item1, key.Item2, key.Item3)]);

    private static IEnumerable<WorldAction> Make(string name, int vcpus, bool x2Apic) => name switch
    {
        Ints => Enumerable.Range(0, 256).Select(n => new WorldAction(ActionKind.Code, 0, (ushort)(GuestCodeTable.FirstInt + n))),
        Exceptions => OfGroups(0, CodeGroup.Exception, CodeGroup.Masking),
        Exits => OfGroups(0, CodeGroup.Exit),
        Ipis => EveryIpi(x2Apic),
        Lvts => EveryLvt(),
        SelfIpis => Enumerable.Range(0, 256).Select(n => new WorldAction(ActionKind.SelfIpi, 0, 0, (ulong)n)),
        HostEvents => EveryHostEvent(),
        Touches => [.. EveryTouch(0, [0, 1]), .. SinglePageTouches()],
        Memory => [.. EveryHostOperation(), .. MemoryTouches()],
        _ => OneOfEach(vcpus, x2Apic),
    };

    private static IEnumerable<WorldAction> OfGroups(int vcpu, params CodeGroup[] groups)
    {
        for (int i = 0; i < GuestCodeTable.All.Count; i++)
            if (groups.Contains(GuestCodeTable.All[i].Group)) yield return new WorldAction(ActionKind.Code, (sbyte)vcpu, (ushort)i);
    }

    private static IEnumerable<WorldAction> EveryTouch(int vcpu, int[] pages)
    {
        for (int i = 0; i < GuestCodeTable.All.Count; i++)
            foreach (int page in pages)
                if (GuestCodeTable.All[i].Group == CodeGroup.Touch) yield return new WorldAction(ActionKind.Touch, (sbyte)vcpu, (ushort)i, (ulong)page);
    }

    private static IEnumerable<WorldAction> MemoryTouches()
    {
        foreach (string access in (string[])["read", "write"])
            for (int page = 0; page < 2; page++) yield return new WorldAction(ActionKind.Touch, 0, (ushort)GuestCodeTable.Number(access), (ulong)page);
    }

    /// <summary>The single page holds data alone.</summary>
    private static IEnumerable<WorldAction> SinglePageTouches() =>
        from access in (string[])["read", "write", "modify"]
        select new WorldAction(ActionKind.Touch, 0, (ushort)GuestCodeTable.Number(access), TestPages.SinglePage);

    private static IEnumerable<WorldAction> EveryHostOperation() =>
        Enumerable.Range(0, HostOperations.All.Count).Select(i => new WorldAction(ActionKind.Host, WorldAction.TheHost, (ushort)i));

    /// <summary>
    /// Vector, delivery mode, destination mode, level, trigger, shorthand; and, where there is no shorthand, the destination. To oneself, asserted and by edge comes first.
    /// </summary>
    private static IEnumerable<WorldAction> EveryIpi(bool x2Apic)
    {
        const uint Assert = 1 << 14;
        foreach (uint shorthand in (uint[])[1, 2, 3, 0])
            foreach (ulong destination in shorthand == 0 ? Destinations(x2Apic) : [0])
                for (uint rest = 0; rest < 64; rest++)
                    for (uint vector = 0; vector < 256; vector++)
                    {
                        uint mode = rest & 7, logical = rest >> 3 & 1, level = rest >> 4 & 1, trigger = rest >> 5;
                        ulong low = vector | mode << 8 | logical << 11 | level << 14 ^ Assert | trigger << 15 | shorthand << 18;
                        yield return new WorldAction(ActionKind.Ipi, 0, 0, destination << (x2Apic ? 32 : 56) | low);
                    }
    }

    /// <summary>Oneself, the other, nobody, everybody: as an ID, and as logical IDs mean them.</summary>
    private static ulong[] Destinations(bool x2Apic) => x2Apic ? [0, 1, 7, 0xFFFF_FFFF, 3] : [0, 1, 7, 0xFF, 3];

    private static IEnumerable<WorldAction> EveryLvt()
    {
        foreach (LvtEntry entry in Enum.GetValues<LvtEntry>())
            for (uint masked = 0; masked < 2; masked++)
                for (uint mode = 0; mode < 8; mode++)
                    for (uint vector = 0; vector < 256; vector++)
                        yield return new WorldAction(ActionKind.Lvt, 0, (ushort)entry, vector | mode << 8 | masked << 16);
    }

    private static IEnumerable<WorldAction> EveryHostEvent()
    {
        yield return new WorldAction(ActionKind.Nmi, 0);
        for (ushort vector = 0; vector < 256; vector++) yield return new WorldAction(ActionKind.Interrupt, 0, vector);
        for (ushort vector = 0; vector < 22; vector++)
            if (IsInjected(vector)) yield return new WorldAction(ActionKind.Inject, 0, vector);
        yield return new WorldAction(ActionKind.Bitmap, 0, 1);
    }

    /// <summary>Exceptions that a hypervisor injects. NMI is none, vectors 9 and 15 are reserved, #BP and #OF come from instructions, #VE is no guest's.</summary>
    private static bool IsInjected(ushort vector) => vector is not (2 or 3 or 4 or 9 or 15 or 20);

    /// <summary>Each vCPU's actions, then the host's.</summary>
    private static IEnumerable<WorldAction> OneOfEach(int vcpus, bool x2Apic)
    {
        foreach (WorldAction action in EveryHostOperation()) yield return action;
        for (int vcpu = 0; vcpu < vcpus; vcpu++)
        {
            foreach (WorldAction touch in EveryTouch(vcpu, [0])) yield return touch;
            for (ulong page = 1; page <= TestPages.SinglePage; page++) yield return new WorldAction(ActionKind.Touch, (sbyte)vcpu, (ushort)GuestCodeTable.Number("write"), page);
            foreach (string name in s_classes) yield return new WorldAction(ActionKind.Code, (sbyte)vcpu, (ushort)GuestCodeTable.Number(name));
            foreach (ulong low in Commands(vcpus)) yield return new WorldAction(ActionKind.Ipi, (sbyte)vcpu, 0, low);
            if (x2Apic) yield return new WorldAction(ActionKind.SelfIpi, (sbyte)vcpu, 0, 20);
            yield return new WorldAction(ActionKind.Nmi, (sbyte)vcpu);
            foreach (ushort vector in (ushort[])[5, 20, 0x50]) yield return new WorldAction(ActionKind.Interrupt, (sbyte)vcpu, vector);
            foreach (ushort vector in (ushort[])[6, 13, 14]) yield return new WorldAction(ActionKind.Inject, (sbyte)vcpu, vector);
            for (ushort all = 0; all < 2; all++) yield return new WorldAction(ActionKind.Bitmap, (sbyte)vcpu, all);
        }
    }

    private static readonly string[] s_classes =
        ["int-2", "int-20", "int-80", "int1", "int3", "ud2", "divide-error", "single-step", "general-protection", "page-fault", "cli", "sti", "mov-ss", "raise-priority", "lower-priority", "cpuid", "mov-cr3"];

    /// <summary>An illegal, a reserved and a usual vector, an NMI, INIT and start-up: to oneself, and to the others.</summary>
    private static ulong[] Commands(int vcpus)
    {
        const ulong Self = 1 << 18, Others = 3 << 18, Assert = 1 << 14;
        ulong[] toSelf = [Self | Assert | 5, Self | Assert | 20, Self | Assert | 0x50];
        ulong nmi = (ulong)DeliveryMode.Nmi << 8, init = (ulong)DeliveryMode.Init << 8, startUp = (ulong)DeliveryMode.StartUp << 8;
        return vcpus == 1 ? toSelf : [.. toSelf, Others | Assert | 20, Others | Assert | 0x50, Others | Assert | nmi, Others | Assert | init, Others | Assert | startUp | 0x70];
    }
}
