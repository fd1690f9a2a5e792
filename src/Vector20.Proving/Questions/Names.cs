using System.Text;
using Vector20.Hypervisor;
using Vector20.Machine;

namespace Vector20.Proving.Questions;

/// <summary>A name that the command line takes, and what it stands for.</summary>
/// <param name="Name">In kebab case.</param>
/// <param name="What">One line.</param>
/// <param name="Refusal">Why it cannot be asked for, or null.</param>
public sealed record NamedChoice<T>(string Name, T Value, string What, string? Refusal = null);

/// <summary>The names of enumerations, on the command line and in documents: kebab case of the C# names.</summary>
public static class Names
{
    private const string Nested = "it needs a nested hypervisor, which this version does not have";

    /// <summary>Deviations of the silicon.</summary>
    public static IReadOnlyList<NamedChoice<HardwareFaults>> HardwareFaults { get; } =
    [
        Choice(Machine.HardwareFaults.VeIgnoresSuppress, "an EPT violation is convertible although bit 63 of the entry is 1"),
        Choice(Machine.HardwareFaults.VeWhenAdOff, "the same, only while EPT accessed and dirty flags are off"),
        Choice(Machine.HardwareFaults.BitmapSeesIntN, "INT n with n below 32 is looked up in the exception bitmap"),
        Choice(Machine.HardwareFaults.BitmapSeesIpi, "an external interrupt with a vector below 32 is looked up in the exception bitmap"),
        Choice(Machine.HardwareFaults.Ipi20AsException, "an IPI with vector 20 is raised as the exception #VE"),
        Choice(Machine.HardwareFaults.ApicAcceptsIllegalVectors, "the local APIC (--apic bare) accepts and delivers vectors 0-15, and sets no error bit"),
        Choice(Machine.HardwareFaults.ApicRejectsReservedVectors, "the local APIC (--apic bare) treats vectors 16-31 as illegal"),
        Choice(Machine.HardwareFaults.VeIgnoresBusy, "an EPT violation becomes #VE although the information area is busy"),
        Choice(Machine.HardwareFaults.VeDuringDelivery, "an EPT violation becomes #VE although an event is being delivered"),
    ];

    /// <summary>Deliberate bugs of the hypervisor.</summary>
    public static IReadOnlyList<NamedChoice<HypervisorBugs>> HypervisorBugs { get; } =
    [
        Choice(Hypervisor.HypervisorBugs.ZapWritesZero, "the atomic zap ends by writing 0 instead of the non-present value"),
        Choice(Hypervisor.HypervisorBugs.NonpresentWithoutSuppress, "non-present entries are 0"),
        Choice(Hypervisor.HypervisorBugs.MappedWithoutSuppress, "entries that map memory lack bit 63"),
        Choice(Hypervisor.HypervisorBugs.FrozenWithoutSuppress, "frozen entries lack bit 63"),
        Choice(Hypervisor.HypervisorBugs.AccessTrackedWithoutSuppress, "access-tracked entries lack bit 63"),
        Choice(Hypervisor.HypervisorBugs.SplitWithoutSuppress, "the pieces of a split large page lack bit 63"),
        Choice(Hypervisor.HypervisorBugs.BitmapMissesVe, "bit 20 of the exception bitmap is 0"),
        Choice(Hypervisor.HypervisorBugs.VeInfoPageMissing, "the address of the information area is never set"),
        Choice(Hypervisor.HypervisorBugs.NestedVeInfoMissing, "the information page of the nested VMCS is never set", Nested),
        Choice(Hypervisor.HypervisorBugs.ForwardVeToL1, "a #VE exit of the nested guest is forwarded to its hypervisor", Nested),
        Choice(Hypervisor.HypervisorBugs.ForgetsInterruptedEvent, "an event whose delivery an exit interrupted is not injected again"),
        Choice(Hypervisor.HypervisorBugs.LargePageBeyondSlot, "a large page is mapped although the slot ends before it does"),
        Choice(Hypervisor.HypervisorBugs.VirtualApicTakesIllegalVectors, "the virtual APIC accepts and delivers vectors 0-15"),
        Choice(Hypervisor.HypervisorBugs.XsetbvUnhandled, "exits due to XSETBV have no handler"),
    ];

    /// <summary>The name of an enumeration's value.</summary>
    public static string Of<T>(T value) where T : struct, Enum => Of(value.ToString());

    /// <summary>A C# name as users know it. A capital letter begins a word, and so does a number of two digits or more.</summary>
    public static string Of(string letters)
    {
        var name = new StringBuilder();
        for (int i = 0; i < letters.Length; i++)
        {
            bool number = char.IsAsciiDigit(letters[i]) && i + 1 < letters.Length && char.IsAsciiDigit(letters[i + 1]) && !char.IsAsciiDigit(letters[i - 1]);
            if (i > 0 && (char.IsUpper(letters[i]) || number)) name.Append('-');
            name.Append(char.ToLowerInvariant(letters[i]));
        }

        return name.ToString();
    }

    /// <summary>The value of a name. False when no value has it.</summary>
    public static bool TryParse<T>(string name, out T value) where T : struct, Enum
    {
        foreach (T candidate in Enum.GetValues<T>())
        {
            value = candidate;
            if (Of(candidate) == name) return true;
        }

        value = default;
        return false;
    }

    /// <summary>Every name of an enumeration, in its order.</summary>
    public static IReadOnlyList<string> All<T>() where T : struct, Enum => [.. Enum.GetValues<T>().Select(value => Of(value))];

    private static NamedChoice<T> Choice<T>(T value, string what, string? refusal = null) where T : struct, Enum => new(Of(value), value, what, refusal);
}
