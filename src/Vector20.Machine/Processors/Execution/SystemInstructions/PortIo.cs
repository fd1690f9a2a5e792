using System.Numerics;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>IN and OUT.</summary>
[Manual("2A", "3.3", "IN—Input From Port")]
[Manual("2B", "4.3", "OUT—Output to Port")]
internal static unsafe class PortIo
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.In => Bind(i.Op0Register.GetSize(), i.Op1Kind == OpKind.Register, input: true),
        Mnemonic.Out => Bind(i.Op1Register.GetSize(), i.Op0Kind == OpKind.Register, input: false),
        _ => null,
    };

    private static Handler Bind(int size, bool dx, bool input) => (size, dx, input) switch
    {
        (1, true, true) => &Input<byte, Dx>,
        (2, true, true) => &Input<ushort, Dx>,
        (_, true, true) => &Input<uint, Dx>,
        (1, false, true) => &Input<byte, Immediate>,
        (2, false, true) => &Input<ushort, Immediate>,
        (_, false, true) => &Input<uint, Immediate>,
        (1, true, false) => &Output<byte, Dx>,
        (2, true, false) => &Output<ushort, Dx>,
        (_, true, false) => &Output<uint, Dx>,
        (1, false, false) => &Output<byte, Immediate>,
        (2, false, false) => &Output<ushort, Immediate>,
        (_, false, false) => &Output<uint, Immediate>,
    };

    private static Outcome Input<T, TPort>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T> where TPort : struct, IPort
    {
        ushort port = TPort.Of(p, op);
        if (!PortPermission.Check(p, port, sizeof(T))) return Outcome.Stop;
        if (p.Vmx.NonRoot && Intercepts.Io(p, op, port, sizeof(T), input: true, TPort.IsImmediate)) return Outcome.Stop;
        p.Set(Register.Rax, T.CreateTruncating(PortAccess.Read(p, port, sizeof(T))));
        return Outcome.Leave;
    }

    private static Outcome Output<T, TPort>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T> where TPort : struct, IPort
    {
        ushort port = TPort.Of(p, op);
        if (!PortPermission.Check(p, port, sizeof(T))) return Outcome.Stop;
        if (p.Vmx.NonRoot && Intercepts.Io(p, op, port, sizeof(T), input: false, TPort.IsImmediate)) return Outcome.Stop;
        PortAccess.Write(p, port, sizeof(T), uint.CreateTruncating(p.Get<T>(Register.Rax)));
        return Outcome.Leave;
    }

    private interface IPort
    {
        static abstract bool IsImmediate { get; }

        static abstract ushort Of(Processor p, in Operation op);
    }

    private readonly struct Dx : IPort
    {
        public static bool IsImmediate => false;

        public static ushort Of(Processor p, in Operation op) => p.Get<ushort>(Register.Rdx);
    }

    private readonly struct Immediate : IPort
    {
        public static bool IsImmediate => true;

        public static ushort Of(Processor p, in Operation op) => (byte)op.Immediate;
    }
}
