namespace Vector20.Machine.Vmx;

/// <summary>A VM exit on its way: what the exit-information fields will say.</summary>
/// <param name="Reason">The basic exit reason.</param>
/// <param name="Qualification">The exit qualification; 0 where the manual leaves it clear.</param>
/// <param name="InstructionLength">Length of the instruction that caused the exit; 0 where none did.</param>
/// <param name="InstructionInformation">The VM-exit instruction information.</param>
/// <param name="GuestLinearAddress">The guest-linear address.</param>
/// <param name="GuestPhysicalAddress">The guest-physical address.</param>
/// <param name="Interruption">For vectored events: which.</param>
/// <param name="InterruptionErrorCode">The error code of the vectored event.</param>
[Manual("3C", "25.9", "VM-Exit Information Fields")]
public readonly record struct VmExit(
    ExitReason Reason,
    ulong Qualification = 0,
    byte InstructionLength = 0,
    uint InstructionInformation = 0,
    ulong GuestLinearAddress = 0,
    ulong GuestPhysicalAddress = 0,
    InterruptionInformation Interruption = default,
    uint InterruptionErrorCode = 0);
