using Vector20.Cli.Output;
using Vector20.Proving.Questions;

namespace Vector20.Cli.Options;

/// <summary><c>--hardware-fault help</c> and <c>--hypervisor-bug help</c>: the names, each with a line.</summary>
internal static class NameLists
{
    /// <summary>Prints the list that the arguments ask for. False when they ask for none.</summary>
    public static bool PrintIfAskedFor(IReadOnlyList<string> arguments, Streams streams)
    {
        for (int i = 0; i < arguments.Count; i++)
        {
            string[] parts = arguments[i].Split('=', 2);
            string? value = parts.Length == 2 ? parts[1] : i + 1 < arguments.Count ? arguments[i + 1] : null;
            if (value != "help") continue;
            if (parts[0] == "--hardware-fault") return Print(Names.HardwareFaults, streams);
            if (parts[0] == "--hypervisor-bug") return Print(Names.HypervisorBugs, streams);
        }

        return false;
    }

    private static bool Print<T>(IReadOnlyList<NamedChoice<T>> choices, Streams streams)
    {
        int width = choices.Max(choice => choice.Name.Length);
        foreach (NamedChoice<T> choice in choices)
            streams.Output.WriteLine($"{choice.Name.PadRight(width)}  {choice.What}{(choice.Refusal is { } why ? $" (not here: {why})" : "")}");
        return true;
    }
}
