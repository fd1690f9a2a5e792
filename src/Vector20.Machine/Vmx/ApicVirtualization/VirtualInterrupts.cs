using System.Numerics;
using Vector20.Machine.Apic;
using Vector20.Machine.Events;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Vmx;

/// <summary>Virtual-interrupt delivery: the guest's requests and services, RVI and SVI, without exits.</summary>
[Manual("3C", "30.2", "Evaluation and Delivery of Virtual Interrupts")]
internal static class VirtualInterrupts
{
    /// <summary>VM entry, and every change of VTPR: VPPR anew, then whether a virtual interrupt is pending.</summary>
    public static void PriorityChanged(Processor p)
    {
        UpdateProcessorPriority(p);
        Evaluate(p);
    }

    /// <summary>A virtual EOI: the vector in service ends. The EOI-exit bitmap may want to know.</summary>
    [Manual("3C", "30.1.4", "EOI Virtualization")]
    public static void EndOfInterrupt(Processor p)
    {
        byte vector = InService(p);
        VirtualApicPage.SetVector(p, ApicRegister.InService, vector, false);
        SetStatus(p, Requested(p), VirtualApicPage.Highest(p, ApicRegister.InService));
        UpdateProcessorPriority(p);
        var bitmap = (VmcsField)((int)VmcsField.EoiExitBitmap0 + 2 * (vector >> 6));
        if ((p.Vmx.Vmcs[bitmap] >> (vector & 63) & 1) != 0) VmxEvents.Pend(p, new VmExit(ExitReason.VirtualizedEoi, vector));
        else Evaluate(p);
    }

    /// <summary>A virtual self-IPI.</summary>
    [Manual("3C", "30.1.5", "Self-IPI Virtualization")]
    public static void SelfIpi(Processor p, byte vector)
    {
        VirtualApicPage.SetVector(p, ApicRegister.InterruptRequest, vector, true);
        SetStatus(p, Math.Max(Requested(p), vector), InService(p));
        VmxSteps.Accepted(p, vector);
        Evaluate(p);
    }

    /// <summary>Requests any of 32 vectors at once, without looking whether one is now pending.</summary>
    /// <param name="p">The processor.</param>
    /// <param name="group">Which 32: the vectors from 32 times this on.</param>
    /// <param name="requests">One bit for each.</param>
    public static void Request(Processor p, int group, uint requests)
    {
        if (requests == 0) return;
        ApicRegister register = VirtualApicPage.At(ApicRegister.InterruptRequest, group);
        VirtualApicPage.Write(p, register, VirtualApicPage.Read(p, register) | requests);
        SetStatus(p, Math.Max(Requested(p), (byte)(group * 32 + BitOperations.Log2(requests))), InService(p));
    }

    /// <summary>Delivers the virtual interrupt that has been recognized, if RFLAGS.IF and the shadow let it in. It ends a halt.</summary>
    [Manual("3C", "30.2.2", "Virtual-Interrupt Delivery")]
    public static bool Deliver(Processor p)
    {
        if ((p.SystemFlags & Eflags.IF) == 0 || p.Shadow != InterruptShadow.None) return false;
        if (!p.Vmx.NonRoot || p.Activity is not (ActivityState.Active or ActivityState.Hlt)) return false;
        byte vector = Requested(p);
        VirtualApicPage.SetVector(p, ApicRegister.InService, vector, true);
        VirtualApicPage.Write(p, ApicRegister.ProcessorPriority, vector & 0xF0u);
        VirtualApicPage.SetVector(p, ApicRegister.InterruptRequest, vector, false);
        SetStatus(p, VirtualApicPage.Highest(p, ApicRegister.InterruptRequest), vector);
        p.Vmx.VirtualInterruptPending = false;
        VmxSteps.Acknowledged(p, vector);
        var acknowledged = new InterruptAcknowledge(vector, EventSource.InterProcessorInterrupt);
        EventPipeline.Send(p, ExternalInterrupts.EventOf(acknowledged, p.Computer.Options.Faults));
        return true;
    }

    /// <summary>The higher of task priority and the class of the vector in service.</summary>
    [Manual("3C", "30.1.3", "PPR Virtualization")]
    private static void UpdateProcessorPriority(Processor p)
    {
        uint task = VirtualApicPage.Read(p, ApicRegister.TaskPriority) & 0xFF;
        byte service = InService(p);
        VirtualApicPage.Write(p, ApicRegister.ProcessorPriority, task >> 4 >= service >> 4 ? task : service & 0xF0u);
    }

    /// <summary>The only places where a virtual interrupt is recognized call this: VM entry, TPR, EOI and self-IPI virtualization, and posted-interrupt processing.</summary>
    [Manual("3C", "30.2.1", "Evaluation of Pending Virtual Interrupts")]
    public static void Evaluate(Processor p)
    {
        bool window = p.Vmx.Has(ProcessorBasedControls.InterruptWindowExiting);
        p.Vmx.VirtualInterruptPending = !window && Requested(p) >> 4 > (int)(VirtualApicPage.Read(p, ApicRegister.ProcessorPriority) >> 4 & 15);
        if (p.Vmx.VirtualInterruptPending) p.RequestAttention();
    }

    private static byte Requested(Processor p) => (byte)p.Vmx.Vmcs[VmcsField.GuestInterruptStatus];

    private static byte InService(Processor p) => (byte)(p.Vmx.Vmcs[VmcsField.GuestInterruptStatus] >> 8);

    private static void SetStatus(Processor p, byte requested, byte inService) => p.Vmx.Vmcs[VmcsField.GuestInterruptStatus] = (uint)inService << 8 | requested;
}
