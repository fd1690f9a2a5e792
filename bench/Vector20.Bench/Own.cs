using Vector20.Machine;
using Vector20.Machine.Memory;
using Vector20.Machine.Platform;
using Vector20.Machine.Processors;

namespace Vector20.Bench;

/// <summary>Vector20's bare machine, in this process: compiling its hot code is part of the run, as it is for its users.</summary>
internal sealed class Own : IEmulator
{
    public string Name => "Vector20";

    public double? Run(byte[] image)
    {
        using var pool = new FramePool();
        using var computer = new Computer(new ComputerOptions(), pool);
        Processor p = computer.Processors[0];
        computer.Memory.Write(new PhysicalAddress(BootImage.LoadAddress), image);
        computer.Devices.AddPorts(BootImage.ExitPort, 1, new Exit(p));
        p.SetSegment(SegmentName.Cs, SegmentRegister.RealMode(0));
        p.InstructionPointer = BootImage.LoadAddress;
        double before = Environment.CpuUsage.TotalTime.TotalSeconds;
        p.Deadline = ulong.MaxValue;
        RunLoop.Run(p);
        if (p.UnsupportedWhat is { } what) throw new InvalidOperationException($"The workload ended early: {what}.");
        return Environment.CpuUsage.TotalTime.TotalSeconds - before;
    }

    /// <summary>The exit port: whatever is written to it ends the run.</summary>
    private sealed class Exit(Processor processor) : IPortDevice
    {
        public uint ReadPort(ushort port, int size) => 0;

        public void WritePort(ushort port, int size, uint value)
        {
            processor.Ended = true;
            processor.RequestAttention();
        }
    }
}
