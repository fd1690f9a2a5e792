using Vector20.Machine.Processors.Models;
using Vector20.Machine.Processors.Msrs;

namespace Vector20.Machine.Processors;

/// <summary>The values of MSRs that are storage and no more; those with behaviour live where the behaviour is.</summary>
internal sealed class ModelSpecificRegisters
{
    private readonly CpuModel _model;
    private readonly ulong[] _values;

    /// <summary>The registers of a model, at their values after power-up.</summary>
    public ModelSpecificRegisters(CpuModel model) : this(model, Initial(model))
    {
    }

    private ModelSpecificRegisters(CpuModel model, ulong[] values)
    {
        _model = model;
        _values = values;
    }

    /// <summary>The value of a storage MSR; 0 if the model lacks it. The write is unchecked.</summary>
    public ulong this[Msr msr]
    {
        get => _model.Msrs.TryFind((uint)msr, out int slot) ? _values[slot] : 0;
        set
        {
            if (_model.Msrs.TryFind((uint)msr, out int slot)) _values[slot] = value;
        }
    }

    /// <summary>Every value in the order of the model's table, for snapshots.</summary>
    public Span<ulong> Values => _values;

    /// <summary>A copy that shares nothing with this.</summary>
    public ModelSpecificRegisters Fork() => new(_model, (ulong[])_values.Clone());

    /// <summary>Puts every register to its value after power-up.</summary>
    public void Reset() => Initial(_model).CopyTo(_values, 0);

    private static ulong[] Initial(CpuModel model) => [.. model.Msrs.Definitions.Select(definition => definition.Reset)];
}
