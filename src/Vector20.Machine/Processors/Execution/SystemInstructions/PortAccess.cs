using Vector20.Machine.Events;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>The access itself, when nothing of the instruction can fault any more: breakpoints see it, then the device.</summary>
internal static class PortAccess
{
    /// <summary>Reads 1, 2 or 4 bytes at a port.</summary>
    public static uint Read(Processor p, ushort port, int size)
    {
        CodeBreakpoints.AccessPort(p, port, size);
        return p.Computer.Devices.ReadPort(port, size);
    }

    /// <summary>Writes 1, 2 or 4 bytes at a port.</summary>
    public static void Write(Processor p, ushort port, int size, uint value)
    {
        CodeBreakpoints.AccessPort(p, port, size);
        p.Computer.Devices.WritePort(port, size, value);
    }
}
