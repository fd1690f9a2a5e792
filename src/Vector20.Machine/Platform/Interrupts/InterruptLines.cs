using Vector20.Machine.Apic;
using Vector20.Machine.Platform.Timers;

namespace Vector20.Machine.Platform.Interrupts;

/// <summary>The interrupt lines of a PC: each goes to the 8259s and to the I/O APIC, where line 0 is input 2; inputs from 16 up are the I/O APIC's alone.</summary>
public sealed class InterruptLines(PicPair pics, IoApic ioApic)
{
    private const int TimerInput = 2, IsaLines = 16;

    /// <summary>The lines of the 8254 and of the real-time clock, which the event timer can have instead.</summary>
    public static ReadOnlySpan<int> Legacy => [0, 8];

    /// <summary>The event timer, if there is one.</summary>
    internal Hpet? EventTimer { get; set; }

    /// <summary>Sets the level of a line, 0-15.</summary>
    public void Set(int line, bool asserted)
    {
        if (EventTimer is { ReplacesLegacy: true } && Legacy.Contains(line)) return;
        Drive(line, asserted);
    }

    /// <summary>Sets the level of a line or an input by the event timer, which is not kept from those that it has instead of others.</summary>
    internal void DriveByHpet(int input, bool asserted)
    {
        if (input < IsaLines) Drive(input, asserted);
        else ioApic.SetInput(input, asserted);
    }

    /// <summary>Lets the lines go that change hands.</summary>
    internal void ReleaseLegacy()
    {
        foreach (int line in Legacy) Drive(line, false);
    }

    private void Drive(int line, bool asserted)
    {
        pics.SetInput(line, asserted);
        ioApic.SetInput(line == 0 ? TimerInput : line, asserted);
    }

    /// <summary>Sets the level of a line, or of an input that the I/O APIC alone has, 16-23.</summary>
    public void SetInput(int input, bool asserted)
    {
        if (input < IsaLines) Set(input, asserted);
        else ioApic.SetInput(input, asserted);
    }
}
