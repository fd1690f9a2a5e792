using System.CommandLine.Parsing;
using Vector20.Machine.Events;
using Vector20.Proving.Questions;

namespace Vector20.Cli.Answering;

/// <summary>The exceptions' mnemonics and names.</summary>
internal static class ExceptionNames
{
    private static readonly Dictionary<string, ExceptionVector> s_mnemonics = new(StringComparer.OrdinalIgnoreCase)
    {
        ["DE"] = ExceptionVector.DivideError, ["DB"] = ExceptionVector.Debug, ["BP"] = ExceptionVector.Breakpoint, ["OF"] = ExceptionVector.Overflow,
        ["BR"] = ExceptionVector.BoundRange, ["UD"] = ExceptionVector.InvalidOpcode, ["NM"] = ExceptionVector.DeviceNotAvailable, ["DF"] = ExceptionVector.DoubleFault,
        ["TS"] = ExceptionVector.InvalidTss, ["NP"] = ExceptionVector.SegmentNotPresent, ["SS"] = ExceptionVector.StackFault, ["GP"] = ExceptionVector.GeneralProtection,
        ["PF"] = ExceptionVector.PageFault, ["MF"] = ExceptionVector.FloatingPoint, ["AC"] = ExceptionVector.AlignmentCheck, ["MC"] = ExceptionVector.MachineCheck,
        ["XM"] = ExceptionVector.SimdFloatingPoint, ["VE"] = ExceptionVector.Virtualization, ["CP"] = ExceptionVector.ControlProtection,
    };

    /// <summary>An exception by name or mnemonic, with or without #.</summary>
    public static ExceptionVector Parse(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value.TrimStart('#');
        if (s_mnemonics.TryGetValue(text, out ExceptionVector vector) || Names.TryParse(text, out vector)) return vector;
        result.AddError($"exception: '{text}' is the name of none; give {string.Join(", ", s_mnemonics.Keys)}");
        return default;
    }
}
