namespace Vector20.Machine.Events;

/// <summary>The classes that decide what two events together make.</summary>
[Manual("3A", "6.15", "Interrupt 8 - Double Fault Exception (#DF)")]
public enum ExceptionClass : byte
{
    /// <summary>Every interrupt, every software event, and the exceptions not named below.</summary>
    Benign,

    /// <summary>#DE, #TS, #NP, #SS, #GP, #CP.</summary>
    Contributory,

    /// <summary>#PF and #VE.</summary>
    PageFault,

    /// <summary>#DF itself.</summary>
    DoubleFault,
}

/// <summary>What becomes of an exception that is met while another event is being delivered.</summary>
public enum NestedOutcome : byte
{
    /// <summary>The second is delivered; the first happens again when its instruction is restarted.</summary>
    HandledSerially,

    /// <summary>#DF is delivered instead of both.</summary>
    DoubleFault,

    /// <summary>The processor shuts down: a triple fault.</summary>
    TripleFault,
}

/// <summary>Classes of exceptions, and what two of them make. Pure: a table.</summary>
public static class Classification
{
    /// <summary>The class of an event.</summary>
    [Manual("3A", "6.15", "Interrupt 8 - Double Fault Exception (#DF)")]
    [Manual("3C", "26.5.7", "Virtualization Exceptions")]
    public static ExceptionClass Of(Event e) => e.Type != EventType.HardwareException ? ExceptionClass.Benign : (ExceptionVector)e.Vector switch
    {
        ExceptionVector.DivideError or ExceptionVector.InvalidTss or ExceptionVector.SegmentNotPresent or ExceptionVector.StackFault
            or ExceptionVector.GeneralProtection or ExceptionVector.ControlProtection => ExceptionClass.Contributory,
        ExceptionVector.PageFault or ExceptionVector.Virtualization => ExceptionClass.PageFault,
        ExceptionVector.DoubleFault => ExceptionClass.DoubleFault,
        _ => ExceptionClass.Benign,
    };

    /// <summary>What an exception of class <paramref name="second"/> makes of the delivery of an event of class <paramref name="first"/>.</summary>
    [Manual("3A", "6.15", "Interrupt 8 - Double Fault Exception (#DF)")]
    public static NestedOutcome Combine(ExceptionClass first, ExceptionClass second) => (first, second) switch
    {
        (ExceptionClass.DoubleFault, ExceptionClass.Contributory or ExceptionClass.PageFault) => NestedOutcome.TripleFault,
        (ExceptionClass.Contributory, ExceptionClass.Contributory) => NestedOutcome.DoubleFault,
        (ExceptionClass.PageFault, ExceptionClass.Contributory or ExceptionClass.PageFault) => NestedOutcome.DoubleFault,
        _ => NestedOutcome.HandledSerially,
    };
}
