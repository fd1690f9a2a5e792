using System.Runtime.InteropServices;

namespace Vector20.Machine.Apic;

/// <summary>
/// A local APIC: its state, and the ways in for its processor, its pins and other APICs. The behaviour is in the static
/// classes beside it. The same APIC serves a processor of the machine and, as a virtual APIC, a guest's vCPU.
/// </summary>
public sealed class LocalApic
{
    internal LocalApicState State;

    /// <summary>Makes an APIC in its power-up state.</summary>
    /// <param name="id">Its initial APIC ID.</param>
    /// <param name="client">The processor it serves.</param>
    /// <param name="clock">The time for its timer.</param>
    /// <param name="fabric">What connects it to other APICs.</param>
    /// <param name="options">The choices of its model.</param>
    /// <param name="faults">Deviations from the manual.</param>
    public LocalApic(uint id, IApicClient client, IApicClock clock, ApicFabric fabric, ApicOptions options, HardwareFaults faults = HardwareFaults.None)
    {
        Client = client;
        Clock = clock;
        Fabric = fabric;
        Options = options;
        Faults = faults;
        State.InitialId = id;
        ApicReset.PowerUp(this);
        fabric.Add(this);
    }

    /// <summary>The same APIC in the same state, in a fork of its machine.</summary>
    internal LocalApic(LocalApic original, IApicClient client, IApicClock clock, ApicFabric fabric)
    {
        Client = client;
        Clock = clock;
        Fabric = fabric;
        Options = original.Options;
        Faults = original.Faults;
        State = original.State;
        fabric.Add(this);
    }

    /// <summary>The choices of its model.</summary>
    public ApicOptions Options { get; }

    internal IApicClient Client { get; }

    internal IApicClock Clock { get; }

    internal ApicFabric Fabric { get; }

    internal HardwareFaults Faults { get; }

    /// <summary>The state's bytes, for copies and hashes.</summary>
    internal Span<byte> StateBytes => MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref State, 1));

    /// <summary>Its APIC ID, as wide as its mode has it.</summary>
    public uint Id => Mode == ApicMode.X2Apic ? State.InitialId : State.XApicId;

    /// <summary>The errors detected since the ESR was written: what a write would make it show.</summary>
    public ErrorStatus DetectedErrors => State.DetectedErrors;

    /// <summary>Disabled, xAPIC or x2APIC.</summary>
    public ApicMode Mode => ApicBase.ModeOf(State.Base);

    /// <summary>IA32_APIC_BASE.</summary>
    public ulong BaseAddressRegister => State.Base;

    /// <summary>Whether SVR bit 8 enables it, as fixed interrupts and the LVT need.</summary>
    public bool SoftwareEnabled => Mode != ApicMode.Disabled && (State.SpuriousVector & SpuriousVector.SoftwareEnable) != 0;

    /// <summary>Writes IA32_APIC_BASE. False: #GP(0).</summary>
    public bool WriteBaseAddressRegister(ulong value) => ApicBase.Write(this, value);

    /// <summary>Whether the register page is at a physical address.</summary>
    public bool Decodes(ulong address) => Mode == ApicMode.XApic && (address ^ State.Base & ApicBase.AddressMask) < 0x1000;

    /// <summary>Reads the register page.</summary>
    public ulong Read(int offset, int size) => ApicPage.Read(this, offset, size);

    /// <summary>Writes the register page.</summary>
    public void Write(int offset, int size, ulong value) => ApicPage.Write(this, offset, size, value);

    /// <summary>Whether an MSR number is in the APIC's range, 800H-8FFH.</summary>
    public static bool IsApicMsr(uint msr) => msr is >= 0x800 and <= 0x8FF;

    /// <summary>Reads an MSR of 800H-8FFH. False: #GP(0).</summary>
    public bool ReadMsr(uint msr, out ulong value) => ApicMsrs.Read(this, msr, out value);

    /// <summary>Writes an MSR of 800H-8FFH. False: #GP(0).</summary>
    public bool WriteMsr(uint msr, ulong value) => ApicMsrs.Write(this, msr, value);

    /// <summary>IA32_TSC_DEADLINE.</summary>
    public ulong TscDeadline
    {
        get => ApicTimer.ReadTscDeadline(this);
        set => ApicTimer.WriteTscDeadline(this, value);
    }

    /// <summary>The task-priority register; its bits 7:4 are CR8.</summary>
    public byte TaskPriority
    {
        get => State.TaskPriority;
        set => ApicRegisters.Write(this, ApicRegister.TaskPriority, value);
    }

    /// <summary>CR8.</summary>
    [Manual("3A", "11.8.6", "Task Priority in IA-32e Mode")]
    public byte ControlRegister8
    {
        get => (byte)(TaskPriority >> 4);
        set => TaskPriority = (byte)(value << 4);
    }

    /// <summary>Whether an external interrupt waits that the processor may take as far as the APIC is concerned.</summary>
    public bool HasDeliverableInterrupt => InterruptDelivery.HasDeliverable(this);

    /// <summary>The processor takes the interrupt: its vector, and where it came from.</summary>
    public InterruptAcknowledge AcknowledgeInterrupt() => InterruptDelivery.Acknowledge(this);

    /// <summary>Accepts a message addressed to this APIC.</summary>
    public void Receive(in ApicMessage message) => InterruptReception.Receive(this, message);

    /// <summary>A source inside the processor signals through its LVT entry: thermal, performance counter, CMCI.</summary>
    public void Signal(LocalVectorEntry entry) => LocalInterrupts.Signal(this, entry);

    /// <summary>Sets the level at LINT0 or LINT1.</summary>
    public void SetPin(LocalVectorEntry pin, bool asserted) => LocalInterrupts.SetPin(this, pin, asserted);

    /// <summary>The processor performs an INIT.</summary>
    public void Init() => ApicReset.Init(this);

    /// <summary>When the timer fires next, in ticks; <see cref="ulong.MaxValue"/> if nothing is to come of it.</summary>
    public ulong NextDeadline => ApicTimer.Deadline(this);

    /// <summary>Lets the timer fire if its deadline has come.</summary>
    public void Advance() => ApicTimer.Advance(this);

    internal LocalVector Lvt(LocalVectorEntry entry) => State.Lvt[entry];
}
