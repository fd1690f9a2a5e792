using Vector20.Machine.Apic;
using Vector20.Machine.Memory;
using Vector20.Machine.Platform;
using Vector20.Machine.Processors;
using Vector20.Machine.Scheduling;

namespace Vector20.Machine.Tests.Platform;

/// <summary>A PC whose processor halts for good, so that only the devices do something, at 1 GHz.</summary>
internal sealed class PcFixture : ITimedDevice, IDisposable
{
    private readonly FramePool _pool = new();

    public PcFixture(ComputerOptions? options = null, PcOptions? devices = null)
    {
        Computer = new Computer((options ?? new ComputerOptions { MemorySize = 1 << 20 }) with { TicksPerSecond = Second }, _pool);
        Pc = StandardPc.AddTo(Computer, devices);
        Computer.Scheduler.Add(this);
        // Interrupts are on but the APIC masks LINT0: nothing wakes the processor.
        Processor p = Computer.Processors[0];
        p.SystemFlags |= Eflags.IF;
        p.Activity = ActivityState.Hlt;
    }

    public const ulong Second = 1_000_000_000;

    public Computer Computer { get; }

    public StandardPc Pc { get; }

    /// <summary>INTR, as the 8259s drive it.</summary>
    public bool Intr => Computer.Processors[0].Apic.State.Lint0;

    public ulong NextDeadline { get; private set; } = ulong.MaxValue;

    public byte In(ushort port) => (byte)Computer.Devices.ReadPort(port, 1);

    public void Out(ushort port, params byte[] values)
    {
        foreach (byte value in values) Computer.Devices.WritePort(port, 1, value);
    }

    /// <summary>Initializes the 8259s as PC firmware does: vectors 8 and 70H, everything unmasked.</summary>
    public void InitializePics()
    {
        Out(0x20, 0x11);
        Out(0x21, 0x08, 0x04, 0x01, 0x00);
        Out(0xA0, 0x11);
        Out(0xA1, 0x70, 0x02, 0x01, 0x00);
    }

    /// <summary>Time passes.</summary>
    public RunResult Pass(ulong ticks)
    {
        NextDeadline = Computer.Now + ticks;
        Computer.Scheduler.DeadlinesChanged();
        return Computer.Run(ticks);
    }

    public void Advance() => NextDeadline = ulong.MaxValue;

    public void Dispose()
    {
        Computer.Dispose();
        _pool.Dispose();
    }
}
