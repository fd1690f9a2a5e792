using Iced.Intel;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Segmentation;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>LAR, LSL, VERR, VERW, ARPL: questions about segments, answered in ZF. A selector that names nothing is no fault.</summary>
[Manual("3A", "5.10", "Pointer Validation")]
internal static unsafe class SegmentQueries
{
    private const uint AccessRightsMask = 0x00F0_FF00;

    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i)
    {
        bool register = i.OpCount > 0 && i.GetOpKind(i.OpCount - 1) == OpKind.Register;
        return i.Mnemonic switch
        {
            Mnemonic.Lar => register ? &FromRegister<Rights> : &FromMemory<Rights>,
            Mnemonic.Lsl => register ? &FromRegister<Limit> : &FromMemory<Limit>,
            Mnemonic.Verr => register ? &VerifyRegister<Readable> : &VerifyMemory<Readable>,
            Mnemonic.Verw => register ? &VerifyRegister<Writable> : &VerifyMemory<Writable>,
            Mnemonic.Arpl => i.Op0Kind == OpKind.Register ? &AdjustRegister : &AdjustMemory,
            _ => null,
        };
    }

    private interface IQuery
    {
        static abstract bool Allows(Processor p, in Descriptor descriptor);

        static abstract uint Answer(in Descriptor descriptor);
    }

    /// <summary>The system descriptors that LAR shows.</summary>
    [Manual("2A", "3.3", "LAR—Load Access Rights Byte")]
    private readonly struct Rights : IQuery
    {
        private const uint Legacy = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 9 | 1 << 11 | 1 << 12, Long = 1 << 2 | 1 << 9 | 1 << 11 | 1 << 12;

        public static bool Allows(Processor p, in Descriptor descriptor) =>
            descriptor.IsCodeOrData || ((p.LongMode ? Long : Legacy) >> descriptor.Type & 1) != 0;

        public static uint Answer(in Descriptor descriptor) => (uint)(descriptor.Low >> 32) & AccessRightsMask;
    }

    /// <summary>The system descriptors that have a limit.</summary>
    [Manual("2A", "3.3", "LSL—Load Segment Limit")]
    private readonly struct Limit : IQuery
    {
        private const uint Legacy = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 9 | 1 << 11, Long = 1 << 2 | 1 << 9 | 1 << 11;

        public static bool Allows(Processor p, in Descriptor descriptor) =>
            descriptor.IsCodeOrData || ((p.LongMode ? Long : Legacy) >> descriptor.Type & 1) != 0;

        public static uint Answer(in Descriptor descriptor) => descriptor.Limit;
    }

    [Manual("2D", "6.1", "VERR/VERW—Verify a Segment for Reading or Writing")]
    private readonly struct Readable : IQuery
    {
        public static bool Allows(Processor p, in Descriptor descriptor) => descriptor.IsReadable;

        public static uint Answer(in Descriptor descriptor) => 0;
    }

    private readonly struct Writable : IQuery
    {
        public static bool Allows(Processor p, in Descriptor descriptor) => descriptor.IsWritableData;

        public static uint Answer(in Descriptor descriptor) => 0;
    }

    private static Outcome FromRegister<TQuery>(Processor p, in Operation op) where TQuery : struct, IQuery =>
        Load<TQuery>(p, op, p.Get<ushort>(op.Source));

    private static Outcome FromMemory<TQuery>(Processor p, in Operation op) where TQuery : struct, IQuery
    {
        if (!Privilege.RequireProtectedMode(p) || !p.Load(op, out ushort selector)) return Outcome.Stop;
        return Load<TQuery>(p, op, selector);
    }

    private static Outcome Load<TQuery>(Processor p, in Operation op, ushort selector) where TQuery : struct, IQuery
    {
        if (!Privilege.RequireProtectedMode(p) || !Ask<TQuery>(p, new Selector(selector), out bool found, out Descriptor descriptor)) return Outcome.Stop;
        SetZero(p, found);
        if (!found) return Outcome.Continue;
        uint answer = TQuery.Answer(descriptor);
        if (op.OperandSize == 2) p.Set(op.Destination, (ushort)answer);
        else p.Set(op.Destination, answer);
        return Outcome.Continue;
    }

    private static Outcome VerifyRegister<TQuery>(Processor p, in Operation op) where TQuery : struct, IQuery =>
        Verify<TQuery>(p, p.Get<ushort>(op.Destination));

    private static Outcome VerifyMemory<TQuery>(Processor p, in Operation op) where TQuery : struct, IQuery
    {
        if (!Privilege.RequireProtectedMode(p) || !p.Load(op, out ushort selector)) return Outcome.Stop;
        return Verify<TQuery>(p, selector);
    }

    private static Outcome Verify<TQuery>(Processor p, ushort selector) where TQuery : struct, IQuery
    {
        if (!Privilege.RequireProtectedMode(p) || !Ask<TQuery>(p, new Selector(selector), out bool found, out _)) return Outcome.Stop;
        SetZero(p, found);
        return Outcome.Continue;
    }

    /// <summary>Whether the selector names a descriptor of a kind that is visible at CPL and RPL. False when reading the table faults.</summary>
    private static bool Ask<TQuery>(Processor p, Selector selector, out bool found, out Descriptor descriptor) where TQuery : struct, IQuery
    {
        found = false;
        descriptor = default;
        if (!DescriptorTables.TryLocate(p, selector, 8, out ulong address)) return true;
        if (!p.ReadLinear(address, AccessMode.Supervisor, out ulong low)) return false;
        descriptor = new Descriptor(low, 0, address);
        bool visible = descriptor.IsConforming || descriptor.Dpl >= Math.Max(p.Cpl, selector.Rpl);
        found = visible && TQuery.Allows(p, descriptor);
        return true;
    }

    private static void SetZero(Processor p, bool zero) => p.Flags.Value = p.Flags.Value & ~Eflags.ZF | (zero ? Eflags.ZF : 0);

    [Manual("2A", "3.3", "ARPL—Adjust RPL Field of Segment Selector")]
    private static Outcome AdjustRegister(Processor p, in Operation op)
    {
        if (!Privilege.RequireProtectedMode(p)) return Outcome.Stop;
        ushort selector = p.Get<ushort>(op.Destination);
        bool raised = Adjust(ref selector, p.Get<ushort>(op.Source));
        p.Set(op.Destination, selector);
        SetZero(p, raised);
        return Outcome.Continue;
    }

    private static Outcome AdjustMemory(Processor p, in Operation op)
    {
        if (!Privilege.RequireProtectedMode(p) || !p.LoadForWrite(op, out ushort selector)) return Outcome.Stop;
        bool raised = Adjust(ref selector, p.Get<ushort>(op.Source));
        if (raised && !p.Store(op, selector)) return Outcome.Stop;
        SetZero(p, raised);
        return Outcome.Continue;
    }

    private static bool Adjust(ref ushort selector, ushort caller)
    {
        if ((selector & 3) >= (caller & 3)) return false;
        selector = (ushort)(selector & ~3 | caller & 3);
        return true;
    }
}
