using Vector20.Machine.Apic;

namespace Vector20.Machine.Platform.Interrupts;

/// <summary>The two 8259As of a PC, the slave on input 2 of the master, with their edge/level control registers at 4D0H.</summary>
public sealed class PicPair : IBytePortDevice, IExternalInterruptController, IDevice
{
    private const ushort MasterPorts = 0x20, SlavePorts = 0xA0, ControlPorts = 0x4D0;

    /// <summary>Inputs 0, 1, 2, 8 and 13 are edge-triggered on a PC, whatever is written.</summary>
    private const byte MasterMayBeLevel = 0xF8, SlaveMayBeLevel = 0xDE;

    private readonly Action<bool> _output;
    private PicPairState _state;

    /// <summary>Makes the pair, on its ports. Until it is initialized everything is masked.</summary>
    /// <param name="bus">Where the ports are.</param>
    /// <param name="output">Takes the level of INTR when it changes.</param>
    public PicPair(DeviceBus bus, Action<bool> output)
    {
        _output = output;
        _state.Master = new PicState { IsMaster = true, LowestPriority = 7, Mask = 0xFF };
        _state.Slave = new PicState { LowestPriority = 7, Mask = 0xFF };
        bus.AddPorts(MasterPorts, 2, this);
        bus.AddPorts(SlavePorts, 2, this);
        bus.AddPorts(ControlPorts, 2, this);
    }

    /// <inheritdoc/>
    public Span<byte> StateBytes => DeviceState.Bytes(ref _state);

    /// <summary>Sets the level of an input, 0-15.</summary>
    public void SetInput(int input, bool asserted)
    {
        if (input >= 8) Pic.SetInput(ref _state.Slave, input - 8, asserted);
        else if (input != Pic.CascadeInput) Pic.SetInput(ref _state.Master, input, asserted);
        OutputsChanged();
    }

    /// <inheritdoc/>
    public byte Acknowledge()
    {
        int input = Pic.Acknowledge(ref _state.Master);
        byte vector = input == Pic.CascadeInput
            ? (byte)(_state.Slave.VectorBase + Pic.Acknowledge(ref _state.Slave))
            : (byte)(_state.Master.VectorBase + input);
        OutputsChanged();
        return vector;
    }

    /// <inheritdoc/>
    public byte ReadPort(ushort port)
    {
        byte value = port switch
        {
            ControlPorts => _state.Master.LevelTriggered,
            ControlPorts + 1 => _state.Slave.LevelTriggered,
            _ => Pic.Read(ref Chip(port), (port & 1) != 0),
        };
        OutputsChanged();
        return value;
    }

    /// <inheritdoc/>
    public void WritePort(ushort port, byte value)
    {
        if (port == ControlPorts) _state.Master.LevelTriggered = (byte)(value & MasterMayBeLevel);
        else if (port == ControlPorts + 1) _state.Slave.LevelTriggered = (byte)(value & SlaveMayBeLevel);
        else Pic.Write(ref Chip(port), (port & 1) != 0, value);
        OutputsChanged();
    }

    private ref PicState Chip(ushort port) => ref (port & 0x80) != 0 ? ref _state.Slave : ref _state.Master;

    /// <summary>The slave's output is an edge for the master each time it goes up; the master's goes to the processors.</summary>
    private void OutputsChanged()
    {
        Pic.SetInput(ref _state.Master, Pic.CascadeInput, Pic.Pending(_state.Slave) >= 0);
        bool output = Pic.Pending(_state.Master) >= 0;
        if (output == _state.Output) return;
        _state.Output = output;
        _output(output);
    }
}
