using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Vector20.Machine.Apic;

/// <summary>Everything a local APIC remembers, as one unmanaged value: a fork copies it, a hash covers its bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct LocalApicState
{
    /// <summary>IA32_APIC_BASE.</summary>
    public ulong Base;

    /// <summary>The x2APIC ID that hardware gave. In xAPIC mode software may write another <see cref="XApicId"/>.</summary>
    public uint InitialId;

    public byte XApicId;
    public uint LogicalDestination, DestinationFormat, SpuriousVector;
    public byte TaskPriority;

    public VectorSet InService, TriggerMode, Requested;

    /// <summary>Which of the requested vectors came from an IPI. Not architectural: it only tells paths and traces the source.</summary>
    public VectorSet FromIpi;

    /// <summary>The ESR as it reads, and the errors detected since it was last written.</summary>
    public ErrorStatus ErrorStatus, DetectedErrors;

    /// <summary>The error interrupt was raised and the ESR has not been written since.</summary>
    public bool ErrorInterruptRaised;

    public ulong InterruptCommand;
    public LocalVectorTable Lvt;

    /// <summary>The levels at LINT0 and LINT1.</summary>
    public bool Lint0, Lint1;

    /// <summary>An ExtINT message came in and has not been acknowledged.</summary>
    public bool ExternalPending;

    public uint InitialCount, DivideConfiguration;

    /// <summary>The count that the timer had at <see cref="TimerStart"/>; 0 if it does not run.</summary>
    public uint TimerCount;

    public ulong TimerStart;

    /// <summary>IA32_TSC_DEADLINE; 0 if it is not armed.</summary>
    public ulong TscDeadline;
}

/// <summary>The seven LVT entries, by <see cref="LocalVectorEntry"/>.</summary>
[InlineArray(7)]
internal struct LocalVectorTable
{
    private LocalVector _first;

    public LocalVector this[LocalVectorEntry entry]
    {
        readonly get => this[(int)entry];
        set => this[(int)entry] = value;
    }
}
