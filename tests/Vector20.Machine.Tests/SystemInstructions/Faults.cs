using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Models;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>Runs a few instructions and says which fault, if any, they ended with.</summary>
internal static class Faults
{
    /// <summary>#GP(0).</summary>
    public static Event ProtectionZero => Event.Exception(ExceptionVector.GeneralProtection, 0);

    /// <summary>#UD.</summary>
    public static Event InvalidOpcode => Event.Exception(ExceptionVector.InvalidOpcode);

    /// <summary>#GP with a selector's error code.</summary>
    public static Event Protection(uint selector) => Event.Exception(ExceptionVector.GeneralProtection, selector);

    /// <summary>The first fault of a guest's code; null if it came to its end, or did so many instructions, without one.</summary>
    public static Event? Of(Guest guest, int steps = 1000)
    {
        var recorder = new EventRecorder();
        guest.Computer.EventObserver = recorder;
        for (; recorder.Steps.Count == 0 && !guest.Finished && steps > 0; steps--)
        {
            Assert.Null(guest.Processor.UnsupportedWhat);
            guest.Run(1);
        }

        return recorder.Steps.Count == 0 ? null : recorder.Steps[0].Event;
    }

    /// <summary>Code at a CPL of a mode: its fault.</summary>
    public static Event? Of(GuestMode mode, int cpl, Action<Assembler> code, CpuModel? model = null)
    {
        using Guest guest = new GuestBuilder(mode, cpl).Code(code).Load(With(model));
        return Of(guest);
    }

    /// <summary>64-bit code at a CPL: its fault.</summary>
    public static Event? Of(int cpl, Action<Assembler> code, CpuModel? model = null) => Of(GuestMode.Long, cpl, code, model);

    /// <summary>64-bit code at CPL 0 that must come to its end: the processor then.</summary>
    public static Processor After(Action<Assembler> code, CpuModel? model = null, GuestMode mode = GuestMode.Long, int cpl = 0, ulong cr4 = 0)
    {
        Guest guest = new GuestBuilder(mode, cpl).ControlBits4(cr4).Code(code).Load(With(model));
        Assert.Null(Of(guest));
        return guest.Processor;
    }

    private static ComputerOptions With(CpuModel? model) => new() { MemorySize = 4 << 20, Model = model ?? CpuModel.Default };
}
