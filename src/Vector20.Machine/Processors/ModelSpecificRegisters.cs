using Vector20.Machine.Processors.Models;
using Vector20.Machine.Processors.Msrs;

namespace Vector20.Machine.Processors;

/// <summary>The values of MSRs that are storage and no more; those with behaviour live where the behaviour is.</summary>
internal sealed class ModelSpecificRegisters
{
    private readonly CpuModel _model;
    private ulong[] _values;
    private bool _shared;

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
            if (_model.Msrs.TryFind((uint)msr, out int slot)) Set(slot, value);
        }
    }

    /// <summary>Every value in the order of the model's table.</summary>
    public ReadOnlySpan<ulong> Values => _values;

    /// <summary>Sets a value by its place in the model's table, unchecked.</summary>
    public void Set(int slot, ulong value)
    {
        if (_values[slot] == value) return;
        if (_shared) _values = _values.AsSpan().ToArray();
        _shared = false;
        _values[slot] = value;
    }

    /// <summary>The same registers for a fork: the values are shared until one of the two changes one.</summary>
    public ModelSpecificRegisters Fork()
    {
        _shared = true;
        return new(_model, _values) { _shared = true };
    }

    /// <summary>Puts every register to its value after power-up.</summary>
    public void Reset()
    {
        _values = Initial(_model);
        _shared = false;
    }

    private static ulong[] Initial(CpuModel model) => [.. model.Msrs.Definitions.Select(definition => definition.Reset)];
}
