using Vector20.Machine.Apic;
using Vector20.Machine.Memory;
using Vector20.Machine.Platform.Interrupts;
using Vector20.Machine.Platform.Keyboard;
using Vector20.Machine.Platform.Qemu;
using Vector20.Machine.Platform.Serial;
using Vector20.Machine.Platform.Chipset;
using Vector20.Machine.Platform.Timers;
using Vector20.Machine.Platform.Video;

namespace Vector20.Machine.Platform;

/// <summary>The devices of a PC, on a computer. <see cref="PlatformLayout"/> says where they are.</summary>
public sealed class StandardPc
{
    private readonly PcOptions _options;
    private ApicFabric _fabric;

    private StandardPc(Computer computer, PcOptions options)
    {
        _options = options;
        _fabric = computer.ApicFabric;
        DeviceBus bus = computer.Devices;
        Scheduling.Scheduler scheduler = computer.Scheduler;
        Pics = new PicPair(bus, asserted => SetInterrupt(_fabric, asserted));
        IoApic = new IoApic(PlatformLayout.IoApicId(computer.Processors.Count), computer.ApicFabric);
        Lines = new InterruptLines(Pics, IoApic);
        Timer = new IntervalTimer(bus, Clock(IntervalTimer.Hertz), Lines);
        RealTimeClock = new RealTimeClock(bus, Clock(RealTimeClock.Hertz), Lines, options.Start);
        Serial = new Uart(bus, PlatformLayout.SerialPort, PlatformLayout.SerialInterrupt, Lines, scheduler, computer.TicksPerSecond);
        Keyboard = new KeyboardController(bus, Lines, scheduler);
        Pci = new PciConfiguration(bus, scheduler);
        Power = new PowerManagement(bus, Clock(PowerManagement.Hertz), Lines, scheduler);
        Control = new ControlPorts(bus, scheduler, options.ExitPort);
        Video = new VideoPorts(bus, Clock(VideoPorts.Hertz));
        Firmware = new FirmwareConfiguration(bus, options.FirmwareItems);
        if (options.Hpet) EventTimer = Lines.EventTimer = new Hpet(bus, Clock(Hpet.Hertz), Lines) { LegacyChanged = RedriveLegacy };
        Test = options.TestDevice ? new TestDevice(bus, Lines) : null;
        bus.AddMemory(PlatformLayout.IoApicBase, 0x1000, IoApic);
        computer.ApicFabric.ExternalInterrupts = Pics;
        Devices = [Pics, IoApic, Timer, RealTimeClock, Serial, Keyboard, Pci, Power, Control, Video, Firmware, .. Optional(EventTimer), .. Optional(Test)];
        foreach (IDevice device in Devices)
            if (device is Scheduling.ITimedDevice timed) scheduler.Add(timed);
        CmosMemorySizes.Write(RealTimeClock.Registers, computer.Memory.Size);

        DeviceClock Clock(ulong hertz) => new(scheduler, computer.TicksPerSecond, hertz);
    }

    /// <summary>The two 8259s.</summary>
    public PicPair Pics { get; }

    /// <summary>The I/O APIC.</summary>
    public IoApic IoApic { get; }

    /// <summary>The interrupt lines.</summary>
    public InterruptLines Lines { get; }

    /// <summary>The 8254.</summary>
    public IntervalTimer Timer { get; }

    /// <summary>The MC146818.</summary>
    public RealTimeClock RealTimeClock { get; }

    /// <summary>COM1.</summary>
    public Uart Serial { get; }

    /// <summary>Keyboard and controller.</summary>
    public KeyboardController Keyboard { get; }

    /// <summary>PCI configuration space.</summary>
    public PciConfiguration Pci { get; }

    /// <summary>ACPI's fixed hardware.</summary>
    public PowerManagement Power { get; }

    /// <summary>Ports 80H, 92H and 8900H, and the exit port.</summary>
    public ControlPorts Control { get; }

    /// <summary>The VGA registers.</summary>
    public VideoPorts Video { get; }

    /// <summary>QEMU's fw_cfg.</summary>
    public FirmwareConfiguration Firmware { get; }

    /// <summary>The high precision event timer, if it is there.</summary>
    public Hpet? EventTimer { get; }

    /// <summary>QEMU's test device, if it is there.</summary>
    public TestDevice? Test { get; }

    /// <summary>Every device, always in the same order.</summary>
    public IReadOnlyList<IDevice> Devices { get; }

    /// <summary>Puts the devices on a computer that has none.</summary>
    /// <param name="computer">The computer.</param>
    /// <param name="options">What may differ from one PC to another.</param>
    public static StandardPc AddTo(Computer computer, PcOptions? options = null)
    {
        var pc = new StandardPc(computer, options ?? new PcOptions());
        computer.Pc = pc;
        return pc;
    }

    /// <summary>Puts the same devices in the same state on another computer. The host's ends of the serial line are shared.</summary>
    public StandardPc CopyTo(Computer computer)
    {
        StandardPc copy = AddTo(computer, _options);
        for (int i = 0; i < Devices.Count; i++) Devices[i].StateBytes.CopyTo(copy.Devices[i].StateBytes);
        copy.Serial.Sink = Serial.Sink;
        copy.Serial.Source = Serial.Source;
        computer.Scheduler.DeadlinesChanged();
        return copy;
    }

    /// <summary>Connects the devices' interrupts to other local APICs: those of a virtual machine.</summary>
    public void ConnectInterrupts(ApicFabric fabric)
    {
        _fabric = fabric;
        IoApic.Connect(fabric);
        fabric.ExternalInterrupts = Pics;
    }

    private static IDevice[] Optional(IDevice? device) => device is null ? [] : [device];

    /// <summary>The 8254 and the real-time clock have their lines again, or have them no more.</summary>
    private void RedriveLegacy()
    {
        Timer.Advance();
        RealTimeClock.Advance();
    }

    /// <summary>INTR reaches LINT0 of every processor; the one whose LVT lets it through acknowledges it.</summary>
    private static void SetInterrupt(ApicFabric fabric, bool asserted)
    {
        foreach (LocalApic apic in fabric.LocalApics) apic.SetPin(LocalVectorEntry.Lint0, asserted);
    }
}
