using System.Runtime.CompilerServices;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Segmentation;

namespace Vector20.Machine.Events;

/// <summary>Reads the gate of an event and checks what does not depend on where it leads. False when a fault is raised.</summary>
[Manual("3A", "6.11", "IDT Descriptors")]
internal static class IdtGate
{
    /// <summary>The IDT bit of an error code: the index is a gate's of the IDT.</summary>
    [Manual("3A", "6.13", "Error Code")]
    private const uint IdtBit = 2;

    /// <summary>The gate of an event, 8 bytes long in protected mode, 16 in IA-32e mode.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Read(Processor p, Event e, out Descriptor gate)
    {
        gate = default;
        uint size = p.LongMode ? 16u : 8, offset = e.Vector * size;
        if (offset + size - 1 > p.Idtr.Limit) return Refuse(p, e, ExceptionVector.GeneralProtection);
        ulong address = p.Idtr.Base + offset;
        if (p.LongMode)
        {
            if (!p.ReadLinear(address, AccessMode.Supervisor, out UInt128 wide)) return false;
            gate = new Descriptor((ulong)wide, (ulong)(wide >> 64), address);
            return Check(p, e, gate);
        }

        address &= uint.MaxValue;
        if (!p.ReadLinear(address, AccessMode.Supervisor, out ulong low)) return false;
        gate = new Descriptor(low, 0, address);
        return Check(p, e, gate);
    }

    /// <summary>Its type; its DPL for INT n, INT3 and INTO, which CPL must not exceed; P.</summary>
    [Manual("3A", "6.12.1.2", "Protection of Exception- and Interrupt-Handler Procedures")]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Check(Processor p, Event e, in Descriptor gate)
    {
        bool guarded = e.Type is EventType.SoftwareInterrupt or EventType.SoftwareException && gate.Dpl < p.Cpl;
        if (!IsGate(p, gate) || guarded) return Refuse(p, e, ExceptionVector.GeneralProtection);
        return gate.Present || Refuse(p, e, ExceptionVector.SegmentNotPresent);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsGate(Processor p, in Descriptor gate) => gate.IsSystem && gate.SystemType switch
    {
        SystemDescriptorType.InterruptGate or SystemDescriptorType.TrapGate => true,
        SystemDescriptorType.TaskGate or SystemDescriptorType.InterruptGate16 or SystemDescriptorType.TrapGate16 => !p.LongMode,
        _ => false,
    };

    private static bool Refuse(Processor p, Event e, ExceptionVector vector) => p.Refuse(vector, (uint)e.Vector << 3 | IdtBit | e.External);

    /// <summary>Whether entering through the gate clears IF: an interrupt gate does, a trap gate does not.</summary>
    [Manual("3A", "6.12.1.3", "Flag Usage By Exception- or Interrupt-Handler Procedure")]
    public static uint ClearedFlags(in Descriptor gate)
    {
        const uint always = Eflags.TF | Eflags.NT | Eflags.RF | Eflags.VM;
        bool interrupt = gate.SystemType is SystemDescriptorType.InterruptGate or SystemDescriptorType.InterruptGate16;
        return interrupt ? always | Eflags.IF : always;
    }
}
