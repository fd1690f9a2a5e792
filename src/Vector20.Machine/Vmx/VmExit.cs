namespace Vector20.Machine.Vmx;

/// <summary>A VM exit on its way: what the exit-information fields will say.</summary>
public readonly record struct VmExit(ushort Reason, ulong Qualification);
