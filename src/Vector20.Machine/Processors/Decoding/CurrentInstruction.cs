using Iced.Intel;
using Vector20.Machine.Memory;

namespace Vector20.Machine.Processors.Decoding;

/// <summary>The instruction that executes now, decoded anew: for messages, and for exits that report instruction information. Not for hot paths.</summary>
internal static unsafe class CurrentInstruction
{
    /// <summary>Decodes the operation that executes (or, between operations, the instruction at RIP).</summary>
    public static Instruction Decode(Processor p)
    {
        ulong rip = p.Rip + (p.RunningOperation?.Offset ?? 0u);
        ulong linear = p.Linear(SegmentName.Cs, rip & p.InstructionPointerMask);
        var bytes = new byte[15];
        StopReason reason = p.StopReason;
        int first = Math.Min(15, 0x1000 - ((int)linear & 0xFFF));
        if (CodeFetch.Frame(p, linear, out int frame)) Span(p, frame, (int)linear & 0xFFF, first).CopyTo(bytes);
        if (first < 15 && CodeFetch.Frame(p, linear + (uint)first & p.LinearMask, out frame)) Span(p, frame, 0, 15 - first).CopyTo(bytes.AsSpan(first));
        p.StopReason = reason;
        return BlockDecoder.DecodeOne(p.Mode, bytes, rip);
    }

    /// <summary>The instruction and where it is, in words.</summary>
    public static string Describe(Processor p)
    {
        Instruction instruction = Decode(p);
        return $"{instruction} at RIP 0x{instruction.IP:x}";
    }

    private static ReadOnlySpan<byte> Span(Processor p, int frame, int offset, int length) => new(p.Computer.Memory.Pool.Data(frame) + offset, length);
}
