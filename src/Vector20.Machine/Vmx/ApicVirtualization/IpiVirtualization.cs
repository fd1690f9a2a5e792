using Vector20.Machine.Apic;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>
/// A guest's IPI to one of its processors, without an exit: the virtual APIC ID chooses a posted-interrupt descriptor from the PID-pointer table, the
/// interrupt is posted there, and a physical IPI notifies whoever runs that processor.
/// </summary>
[Manual("3C", "30.1.6", "IPI Virtualization")]
internal static class IpiVirtualization
{
    private const uint MustBeZero = 0xFFF0_0000 | 3u << 18 | 3u << 16 | 1u << 15 | 1u << 13 | 1u << 12 | 1u << 11 | 7u << 8;
    private const ulong Valid = 1, PointerLowBits = 0x3F, NotificationInformation = 32, Outstanding = 1, Suppress = 2;

    /// <summary>Whether a command is virtualized: fixed delivery to one physical destination, edge-triggered, idle, and nothing reserved.</summary>
    [Manual("3C", "30.4.3.2", "APIC-Write Emulation")]
    public static bool Takes(Processor p, uint command) => p.Vmx.Has(TertiaryControls.IpiVirtualization) && (command & MustBeZero) == 0;

    /// <summary>WRMSR of the ICR in x2APIC mode: all 8 bytes go to the virtual-APIC page. False: #GP(0), for a reserved bit is 1.</summary>
    [Manual("3C", "30.5", "Virtualizing MSR-Based APIC Accesses")]
    public static bool WriteX2(Processor p, ulong value)
    {
        if ((value & InterruptCommand.ReservedInX2Apic) != 0) return false;
        p.Computer.Memory.Write(VirtualApicPage.Register(p, (uint)ApicRegister.InterruptCommandLow), value);
        if (Takes(p, (uint)value)) Send(p, (byte)value, (uint)(value >> 32));
        else Exit(p);
        return true;
    }

    /// <summary>Posts a vector to the processor with a virtual APIC ID. An illegal vector, and an ID without a descriptor, are left to software.</summary>
    public static void Send(Processor p, byte vector, uint target)
    {
        if (vector < Acceptance.FirstLegalVector || target > p.Vmx.Vmcs[VmcsField.LastPidPointerIndex])
        {
            Exit(p);
            return;
        }

        ulong pointer = p.Computer.Memory.Read<ulong>(new PhysicalAddress(p.Vmx.Vmcs[VmcsField.PidPointerTableAddress] + 8ul * target));
        if (pointer >> p.Model.PhysicalAddressBits == 0 && (pointer & PointerLowBits) == Valid)
        {
            VmxSteps.Posted(p, vector, target);
            Post(p, pointer & ~PointerLowBits, vector);
        }
        else Exit(p);
    }

    /// <summary>Sets the vector's bit. Unless a notification is outstanding, or suppressed, it is outstanding now, and sent.</summary>
    private static void Post(Processor p, ulong descriptor, byte vector)
    {
        PhysicalMemory memory = p.Computer.Memory;
        PhysicalAddress requests = new(descriptor + vector / 8u), notification = new(descriptor + NotificationInformation);
        memory.Write(requests, (byte)(memory.Read<byte>(requests) | 1 << (vector & 7)));
        ulong information = memory.Read<ulong>(notification);
        if ((information & (Outstanding | Suppress)) != 0) return;
        memory.Write(notification, information | Outstanding);
        Notify(p, (byte)(information >> 16), (uint)(information >> 32));
    }

    /// <summary>The notification is an IPI of the physical APIC, to bits 15:8 of the destination in xAPIC mode, to all 32 in x2APIC mode. Its ICR is the host's, and stays.</summary>
    private static void Notify(Processor p, byte vector, uint destination)
    {
        ulong command = p.Apic.Mode == ApicMode.X2Apic ? (ulong)destination << 32 : (ulong)(destination >> 8 & 0xFF) << 56;
        if (p.Apic.Mode != ApicMode.Disabled) InterruptSending.Perform(p.Apic, new InterruptCommand(command | vector));
    }

    /// <summary>As if the guest had written to offset 300H of the APIC-access page.</summary>
    [Manual("3C", "30.4.3.3", "APIC-Write VM Exits")]
    private static void Exit(Processor p) => VmxEvents.Pend(p, new VmExit(ExitReason.ApicWrite, (uint)ApicRegister.InterruptCommandLow));
}
