using Vector20.Machine.Apic;

namespace Vector20.Machine.Platform.Interrupts;

/// <summary>The interrupt lines of a PC: each goes to the 8259s and to the I/O APIC, where line 0 is input 2; inputs from 16 up are the I/O APIC's alone.</summary>
public sealed class InterruptLines(PicPair pics, IoApic ioApic)
{
    private const int TimerInput = 2, IsaLines = 16;

    /// <summary>Sets the level of a line, 0-15.</summary>
    public void Set(int line, bool asserted)
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
