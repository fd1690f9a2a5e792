namespace Vector20.Machine.Apic;

/// <summary>The error status register is written before it is read: a write shows the errors detected since the last one.</summary>
[Manual("3A", "11.5.3", "Error Handling")]
internal static class ErrorReporting
{
    /// <summary>Notes an error, and raises the error interrupt for the first one since the ESR was written.</summary>
    public static void Detect(LocalApic apic, ErrorStatus error, byte vector = 0)
    {
        if (error == ErrorStatus.None) return;
        ApicSteps.Error(apic, error, vector);
        apic.State.DetectedErrors |= error;
        if (apic.State.ErrorInterruptRaised || apic.Lvt(LocalVectorEntry.Error).Masked) return;
        apic.State.ErrorInterruptRaised = true;
        LocalInterrupts.Signal(apic, LocalVectorEntry.Error);
    }

    /// <summary>Any write of the ESR: the value does not matter. It also arms the error interrupt again.</summary>
    public static void Latch(LocalApic apic)
    {
        apic.State.ErrorStatus = apic.State.DetectedErrors;
        apic.State.DetectedErrors = ErrorStatus.None;
        apic.State.ErrorInterruptRaised = false;
    }
}
