using System.Globalization;
using Vector20.Machine.Events;
using Vector20.Proving.Questions;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Actions;

/// <summary>What kind of thing an action is.</summary>
public enum ActionKind : byte
{
    /// <summary>The guest executes a piece of code, with EBX as given.</summary>
    Code,

    /// <summary>The guest accesses a test page by a piece of code.</summary>
    Touch,

    /// <summary>The guest writes the interrupt command register.</summary>
    Ipi,

    /// <summary>The guest writes an entry of the local vector table, and then its source signals.</summary>
    Lvt,

    /// <summary>The guest writes the self-IPI register (x2APIC).</summary>
    SelfIpi,

    /// <summary>The host performs an operation on the EPT from its beginning to its end, or begins one.</summary>
    Host,

    /// <summary>The host sends the vCPU an NMI.</summary>
    Nmi,

    /// <summary>The host sends the vCPU an interrupt, as a device's message.</summary>
    Interrupt,

    /// <summary>The host changes the vCPU's exception bitmap: it intercepts all exceptions, or only those that it must.</summary>
    Bitmap,

    /// <summary>The host injects an exception.</summary>
    Inject,

    /// <summary>A vCPU, or the host's operation in progress, takes one more step.</summary>
    Step,
}

/// <summary>One action of the guest's or the host's.</summary>
/// <param name="Kind">What kind.</param>
/// <param name="Vcpu">Whose; -1 for the host's.</param>
/// <param name="Code">Which: the number of a piece of code, an LVT entry, a host operation, or a vector.</param>
/// <param name="Value">With what: a register's value, or a test page.</param>
public readonly record struct WorldAction(ActionKind Kind, sbyte Vcpu, ushort Code = 0, ulong Value = 0)
{
    /// <summary>The host.</summary>
    public const sbyte TheHost = -1;

    /// <summary>In words that <see cref="TryParse"/> reads again.</summary>
    public override string ToString() => $"{(Vcpu < 0 ? "host" : $"vcpu{Vcpu}")} {What}";

    private string What => Kind switch
    {
        ActionKind.Code => GuestCodeTable.All[Code].Name,
        ActionKind.Touch => $"touch {GuestCodeTable.All[Code].Name} page{Value}",
        ActionKind.Ipi => $"ipi 0x{Value:x16}",
        ActionKind.Lvt => $"lvt {Names.Of((LvtEntry)Code)} 0x{Value:x5}",
        ActionKind.SelfIpi => $"self-ipi {Value}",
        ActionKind.Host => HostOperations.All[Code].Name,
        ActionKind.Nmi => "nmi",
        ActionKind.Interrupt => $"interrupt {Code}",
        ActionKind.Bitmap => Code == 0 ? "bitmap-least" : "bitmap-all",
        ActionKind.Inject => $"inject {Code}",
        _ => "step",
    };

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string text, out WorldAction action)
    {
        action = default;
        string[] words = text.Split(' ');
        if (words.Length < 2) return false;
        sbyte vcpu = TheHost;
        if (words[0] != "host" && !(words[0].StartsWith("vcpu", StringComparison.Ordinal) && sbyte.TryParse(words[0].AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out vcpu))) return false;
        return TryParse(vcpu, words[1..], out action) && (vcpu >= 0 || action.Kind is ActionKind.Host or ActionKind.Step);
    }

    private static bool TryParse(sbyte vcpu, string[] words, out WorldAction action)
    {
        action = new WorldAction(ActionKind.Step, vcpu);
        switch (words)
        {
            case ["step"]:
                return true;
            case ["nmi"]:
                action = new WorldAction(ActionKind.Nmi, vcpu);
                return true;
            case ["bitmap-least"]:
                action = new WorldAction(ActionKind.Bitmap, vcpu);
                return true;
            case ["bitmap-all"]:
                action = new WorldAction(ActionKind.Bitmap, vcpu, 1);
                return true;
            case ["touch", var access, ['p', 'a', 'g', 'e', .. var page]]:
                action = new WorldAction(ActionKind.Touch, vcpu, (ushort)GuestCodeTable.Find(access), ulong.TryParse(page, CultureInfo.InvariantCulture, out ulong number) ? number : 9);
                return GuestCodeTable.Find(access) is >= 0 and var piece && GuestCodeTable.All[piece].Group == CodeGroup.Touch && action.Value <= TestPages.SinglePage;
            case ["ipi", var value]:
                action = new WorldAction(ActionKind.Ipi, vcpu, 0, Number(value, out bool isValue));
                return isValue;
            case ["lvt", var entry, var value]:
                bool isEntry = Names.TryParse(entry, out LvtEntry lvt);
                action = new WorldAction(ActionKind.Lvt, vcpu, (ushort)lvt, Number(value, out bool isLvt));
                return isEntry && isLvt;
            case ["self-ipi", var value]:
                action = new WorldAction(ActionKind.SelfIpi, vcpu, 0, Number(value, out bool isSelf));
                return isSelf;
            case ["interrupt", var value]:
                ulong vector = Number(value, out bool isVector);
                action = new WorldAction(ActionKind.Interrupt, vcpu, (byte)vector);
                return isVector && vector < 256;
            case ["inject", var value]:
                ulong exception = Number(value, out bool isException);
                action = new WorldAction(ActionKind.Inject, vcpu, (byte)exception);
                return isException && exception < 32 && exception != (ulong)ExceptionVector.Virtualization;
            case [var name]:
                int code = vcpu < 0 ? HostOperations.Find(name) : GuestCodeTable.Find(name);
                action = new WorldAction(vcpu < 0 ? ActionKind.Host : ActionKind.Code, vcpu, (ushort)Math.Max(0, code));
                return code >= 0;
            default:
                return false;
        }
    }

    private static ulong Number(string text, out bool valid)
    {
        valid = text.StartsWith("0x", StringComparison.Ordinal)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        return value;
    }
}
