using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>INS and OUTS. The port is DX; permission is asked before each iteration.</summary>
[Manual("2A", "3.3", "INS/INSB/INSW/INSD—Input from Port to String")]
[Manual("2B", "4.3", "OUTS/OUTSB/OUTSW/OUTSD—Output String to Port")]
internal static unsafe class StringPortIo
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Insb => &Repetition.Execute<Input, byte>,
        Mnemonic.Insw => &Repetition.Execute<Input, ushort>,
        Mnemonic.Insd => &Repetition.Execute<Input, uint>,
        Mnemonic.Outsb => &Repetition.Execute<Output, byte>,
        Mnemonic.Outsw => &Repetition.Execute<Output, ushort>,
        Mnemonic.Outsd => &Repetition.Execute<Output, uint>,
        _ => null,
    };

    /// <summary>The memory is checked before the port is read, so that nothing read is lost.</summary>
    private readonly struct Input : IStringInstruction
    {
        public static bool Iterate<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
        {
            ushort port = p.Get<ushort>(Register.Rdx);
            ulong offset = Repetition.Index(p, op, Register.Rdi), linear = p.Linear(SegmentName.Es, offset);
            if (!PortPermission.Check(p, port, sizeof(T))) return false;
            if (p.Vmx.NonRoot && Intercepts.StringIo(p, op, port, sizeof(T), input: true, IsRepeated(op), linear)) return false;
            if (p.SegmentChecks && !p.CheckSegment(SegmentName.Es, offset, sizeof(T), Memory.AccessKind.Write)) return false;
            if (!p.ReadLinearForWrite(linear, p.DataMode, out T _)) return false;
            T value = T.CreateTruncating(PortAccess.Read(p, port, sizeof(T)));
            if (!p.WriteLinear(linear, p.DataMode, value)) return false;
            Repetition.Advance(p, op, Register.Rdi, sizeof(T));
            return true;
        }
    }

    private readonly struct Output : IStringInstruction
    {
        public static bool Iterate<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
        {
            ushort port = p.Get<ushort>(Register.Rdx);
            ulong offset = Repetition.Index(p, op, Register.Rsi);
            if (!PortPermission.Check(p, port, sizeof(T))) return false;
            if (p.Vmx.NonRoot && Intercepts.StringIo(p, op, port, sizeof(T), input: false, IsRepeated(op), p.Linear(op.Segment, offset))) return false;
            if (!p.Read(op.Segment, offset, out T value)) return false;
            PortAccess.Write(p, port, sizeof(T), uint.CreateTruncating(value));
            Repetition.Advance(p, op, Register.Rsi, sizeof(T));
            return true;
        }
    }

    private static bool IsRepeated(in Operation op) => (op.Flags & (OperationFlags.Repeat | OperationFlags.RepeatNotEqual)) != 0;
}
