namespace Vector20.Machine.Scheduling;

/// <summary>Why a run ended.</summary>
public enum RunEnd : byte
{
    /// <summary>The time given was used up.</summary>
    Limit,

    /// <summary>Every processor halts or waits for SIPI, and nothing can wake one.</summary>
    AllHalted,

    /// <summary>A processor shut down: a triple fault outside VMX non-root operation.</summary>
    Shutdown,

    /// <summary>The guest wrote the exit port; the code is its status.</summary>
    ExitPort,

    /// <summary>The guest switched the machine off.</summary>
    PowerOff,

    /// <summary>The guest asked for a reset of the machine.</summary>
    Reset,

    /// <summary>The guest did something this version does not implement; the result names it.</summary>
    Unsupported,

    /// <summary>The hypervisor ended the run of a processor.</summary>
    HostEnded,

    /// <summary>Whoever started the run asked it to stop.</summary>
    Cancelled,
}

/// <summary>How a run ended.</summary>
/// <param name="End">Why.</param>
/// <param name="Time">The time then, in ticks since power-up.</param>
/// <param name="Processor">The processor that ended it, or -1.</param>
/// <param name="Code">The status of an exit port.</param>
/// <param name="What">What is not implemented.</param>
public readonly record struct RunResult(RunEnd End, ulong Time, int Processor = -1, int Code = 0, string? What = null);
