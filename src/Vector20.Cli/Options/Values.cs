using System.CommandLine.Parsing;
using System.Globalization;
using Vector20.Machine.Processors.Models;
using Vector20.Proving.Questions;

namespace Vector20.Cli.Options;

/// <summary>Parsers of option values. A value that does not parse is an error in one line: which option, what was given, what it takes.</summary>
internal static class Values
{
    /// <summary>A number, decimal or with 0x, within bounds.</summary>
    public static Func<ArgumentResult, ulong> Number(ulong least, ulong most, string what) => result =>
    {
        string text = Text(result);
        if (TryNumber(text, out ulong value) && value >= least && value <= most) return value;
        return Refuse<ulong>(result, $"is no {what}", $"give {least} to {(most == ulong.MaxValue ? "2^64 - 1" : most)}");
    };

    /// <summary>A hexadecimal number of 32 bits, with or without 0x.</summary>
    public static uint Bitmap(ArgumentResult result)
    {
        string text = Text(result), digits = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text;
        if (uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value)) return value;
        return Refuse<uint>(result, "is no bitmap", "give up to 8 hexadecimal digits");
    }

    /// <summary>A size in bytes with K, M or G behind it; a plain number is MiB, as QEMU has it.</summary>
    public static ulong MemorySize(ArgumentResult result) =>
        TryMemorySize(Text(result), out ulong size, out (string What, string Mend) refusal) ? size : Refuse<ulong>(result, refusal.What, refusal.Mend);

    /// <summary>Reads a size as <see cref="MemorySize"/> takes it, or says what is wrong with it.</summary>
    public static bool TryMemorySize(string text, out ulong size, out (string What, string Mend) refusal)
    {
        const ulong Most = 64ul << 30;
        int shift = text.Length == 0 ? 0 : char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        string digits = shift == 0 ? text : text[..^1];
        bool isNumber = TryNumber(digits, out ulong value);
        if (shift == 0) shift = 20;
        refusal = !isNumber ? ("is no size", "give a number with K, M or G, for instance 64M")
            : value == 0 ? ("is no memory at all", "give some, for instance 64M")
            : value > Most >> shift ? ("is more than 64 GiB", "give less")
            : default;
        size = value << shift;
        return refusal.What is null;
    }

    /// <summary>A name of an enumeration's value in kebab case.</summary>
    public static T Name<T>(ArgumentResult result) where T : struct, Enum =>
        Names.TryParse(Text(result), out T value) ? value : Refuse<T>(result, "is none of its values", $"give {string.Join(", ", Names.All<T>())}");

    /// <summary>Names of an enumeration's values, one or more.</summary>
    public static T[] List<T>(ArgumentResult result) where T : struct, Enum
    {
        var values = new List<T>();
        foreach (Token token in result.Tokens)
        {
            if (!Names.TryParse(token.Value, out T value)) return Refuse<T[]>(result, token.Value, "is none of its values", $"give {string.Join(", ", Names.All<T>())}") ?? [];
            values.Add(value);
        }

        return [.. values];
    }

    /// <summary>A CPU model: a name, then features more or less.</summary>
    public static CpuModel? Model(ArgumentResult result) => CpuModelParser.TryParse(Text(result), out CpuModel model, out CpuModelError error)
        ? model
        : Refuse<CpuModel>(result, error.Token, error.What, error.Mend);

    /// <summary>Names out of a list, or'ed together; each may be given more than once.</summary>
    public static Func<ArgumentResult, T> Flags<T>(IReadOnlyList<NamedChoice<T>> choices, Func<T, T, T> or) where T : struct => result =>
    {
        T value = default;
        foreach (Token token in result.Tokens)
        {
            NamedChoice<T>? choice = choices.FirstOrDefault(c => c.Name == token.Value);
            if (choice is null) return Refuse<T>(result, token.Value, "is none of its names", "'help' lists them");
            if (choice.Refusal is { } refusal) return Refuse<T>(result, token.Value, "cannot be had", refusal);
            value = or(value, choice.Value);
        }

        return value;
    };

    /// <summary>Reads a number, decimal or with 0x.</summary>
    public static bool TryNumber(string text, out ulong value) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static string Text(ArgumentResult result) => result.Tokens.Count == 0 ? "" : result.Tokens[^1].Value;

    private static T? Refuse<T>(ArgumentResult result, string what, string mend) => Refuse<T>(result, Text(result), what, mend);

    private static T? Refuse<T>(ArgumentResult result, string given, string what, string mend)
    {
        string option = result.Parent is OptionResult parent ? parent.IdentifierToken?.Value ?? parent.Option.Name : result.Argument.Name;
        result.AddError($"{option}: '{given}' {what}; {mend}");
        return default;
    }
}
