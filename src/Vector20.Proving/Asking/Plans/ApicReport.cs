using Vector20.Machine.Apic;
using Vector20.Machine.Events;
using Vector20.Proving.Answers;

namespace Vector20.Proving.Asking.Plans;

/// <summary>What the local APICs' registers say when it is over.</summary>
internal static class ApicReport
{
    /// <summary>Adds each APIC's error status.</summary>
    public static void Errors(Stage stage, PathRecorder recorder)
    {
        for (int i = 0; i < stage.Computer.Processors.Count; i++)
        {
            ErrorStatus status = ErrorOf(stage.ApicOf(i));
            string words = status == ErrorStatus.None ? "no error" : status.ToString();
            recorder.Add(new Step($"local APIC {i}", "error status register", $"ESR 0x{(uint)status:x}: {words}", new ManualReference("3A", "11.5.3", "Error Handling")));
        }
    }

    /// <summary>The errors detected since the guest last wrote the ESR: what it would read if it wrote it now.</summary>
    public static ErrorStatus ErrorOf(LocalApic apic) => apic.DetectedErrors;

    /// <summary>What each processor but the first is doing.</summary>
    public static string Activities(Stage stage) =>
        string.Join(", ", stage.Computer.Processors.Skip(1).Select(p => $"processor {p.Index}: {p.Activity} at RIP 0x{p.InstructionPointer:x}"));
}
