namespace Vector20.Machine.Processors;

/// <summary>The values of MSRs that are storage and no more; those with behaviour live where the behaviour is.</summary>
internal sealed class ModelSpecificRegisters
{
}
