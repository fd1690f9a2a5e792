using Iced.Intel;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Tests.Native;

/// <summary>Compares what two processors made of one case.</summary>
internal static class Comparison
{
    /// <summary>The exception of INT3, which every case meets that ends without another.</summary>
    public const ulong Breakpoint = 3;

    private const ulong PageFault = 14;

    /// <summary>The first difference in words, or null.</summary>
    public static string? Difference(Form form, in MachineState before, in MachineState native, in MachineState software)
    {
        if (native.Trap != software.Trap) return $"exception {Name(native)}, here {Name(software)}";
        if (native.Rip != software.Rip) return $"RIP {native.Rip:x}, here {software.Rip:x}";
        if (native.Trap != Breakpoint && native.Error != software.Error && !ProcessorDependent.IsWide(form.Instruction)) return $"error code {native.Error:x}, here {software.Error:x}";
        if (native.Trap == PageFault && native.Address != software.Address && !ProcessorDependent.IsWide(form.Instruction)) return $"CR2 {native.Address:x}, here {software.Address:x}";
        UndefinedResults undefined = native.Trap == Breakpoint ? UndefinedResults.After(form.Instruction, before) : default;
        uint flags = (Eflags.Status | Eflags.DF) & ~undefined.Flags;
        if (((native.Rflags ^ software.Rflags) & flags) != 0) return $"flags {native.Rflags & flags:x}, here {software.Rflags & flags:x}";
        for (int r = 0; r < 16; r++)
        {
            if (native.Registers[r] == software.Registers[r] || form.Bits == 32 && (uint)native.Registers[r] == (uint)software.Registers[r]) continue;
            if (undefined.Destination && form.Instruction.Op0Kind == OpKind.Register && form.Instruction.Op0Register.GetFullRegister().GetNumber() == r) continue;
            return $"register {r} {native.Registers[r]:x}, here {software.Registers[r]:x}";
        }

        if (undefined.Destination && form.Instruction.Op0Kind == OpKind.Memory) return null;
        return native.Checksum == software.Checksum && ((ReadOnlySpan<byte>)native.Window).SequenceEqual(software.Window)
            ? null
            : $"memory {Convert.ToHexString(native.Window)}, here {Convert.ToHexString(software.Window)}";
    }

    /// <summary>The state a case began in, for whoever has to look into a difference.</summary>
    public static string Describe(in MachineState state)
    {
        var words = new List<string>();
        for (int r = 0; r < 16; r++) words.Add($"{state.Registers[r]:x}");
        return $"flags {state.Rflags:x}, registers {string.Join(' ', words)}";
    }

    private static string Name(in MachineState state) => state.Trap == Breakpoint ? "none" : $"{state.Trap} (error {state.Error:x}, CR2 {state.Address:x})";
}
