using Vector20.Machine.Events;

namespace Vector20.Proving.Questions;

/// <summary>What the guest does: the subject of a question.</summary>
public abstract record Source;

/// <summary>The guest writes the interrupt command register.</summary>
/// <param name="Vector">The vector, 0-255.</param>
/// <param name="Mode">The delivery mode.</param>
/// <param name="To">Whom it is sent to.</param>
/// <param name="X2Apic">Whether the local APICs are in x2APIC mode.</param>
public sealed record IpiSource(byte Vector, IpiMode Mode, IpiTarget To, bool X2Apic) : Source;

/// <summary>The guest executes INT n (CD ib).</summary>
/// <param name="Vector">n.</param>
public sealed record IntSource(byte Vector) : Source;

/// <summary>The guest executes one instruction that raises an event.</summary>
/// <param name="Instruction">Which.</param>
public sealed record InstructionSource(EventInstruction Instruction) : Source;

/// <summary>The guest executes code that causes an exception.</summary>
/// <param name="Exception">Which.</param>
public sealed record ExceptionSource(ExceptionVector Exception) : Source;

/// <summary>A non-maskable interrupt arrives while the guest runs.</summary>
public sealed record NmiSource : Source;

/// <summary>The guest writes an entry of the local vector table and makes its source signal.</summary>
/// <param name="Entry">Which entry.</param>
/// <param name="Vector">The vector, 0-255.</param>
/// <param name="Mode">The delivery mode.</param>
/// <param name="Masked">Whether the entry's mask bit is 1.</param>
public sealed record LvtSource(LvtEntry Entry, byte Vector, LvtMode Mode, bool Masked) : Source;

/// <summary>The guest touches a page whose EPT entry is in a given state.</summary>
/// <param name="Entry">The state.</param>
/// <param name="Access">How it is touched.</param>
/// <param name="SuppressVe">Bit 63 of the entry: as the hypervisor writes it (null), 1, or 0.</param>
/// <param name="AccessedDirty">Whether EPT accessed and dirty flags are on; null: on, but off for an access-tracked entry.</param>
/// <param name="Busy">Whether the information area is busy when the touch happens.</param>
public sealed record TouchSource(TouchedEntry Entry, TouchAccess Access, bool? SuppressVe, bool? AccessedDirty, bool Busy) : Source;
