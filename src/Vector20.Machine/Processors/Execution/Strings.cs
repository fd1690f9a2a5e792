using System.Numerics;
using System.Runtime.InteropServices;
using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution;

/// <summary>MOVS, CMPS, SCAS, LODS and STOS. The destination is always in ES; the source's segment can be overridden.</summary>
[Manual("2B", "4.3", "MOVS/MOVSB/MOVSW/MOVSD/MOVSQ—Move Data From String to String")]
[Manual("2B", "4.3", "SCAS/SCASB/SCASW/SCASD—Scan String")]
[Manual("2B", "4.3", "LODS/LODSB/LODSW/LODSD/LODSQ—Load String")]
internal static unsafe class Strings
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Movsb or Mnemonic.Movsw or Mnemonic.Movsd or Mnemonic.Movsq when i.IsStringInstruction => Bind<Move>(i),
        Mnemonic.Cmpsb or Mnemonic.Cmpsw or Mnemonic.Cmpsd or Mnemonic.Cmpsq when i.IsStringInstruction => Bind<Compare>(i),
        Mnemonic.Scasb or Mnemonic.Scasw or Mnemonic.Scasd or Mnemonic.Scasq => Bind<Scan>(i),
        Mnemonic.Lodsb or Mnemonic.Lodsw or Mnemonic.Lodsd or Mnemonic.Lodsq => Bind<Load>(i),
        Mnemonic.Stosb or Mnemonic.Stosw or Mnemonic.Stosd or Mnemonic.Stosq => Bind<Store>(i),
        _ => null,
    };

    private static Handler Bind<TString>(in Instruction i) where TString : struct, IStringInstruction => i.MemorySize.GetSize() switch
    {
        1 => &Repetition.Execute<TString, byte>,
        2 => &Repetition.Execute<TString, ushort>,
        4 => &Repetition.Execute<TString, uint>,
        _ => &Repetition.Execute<TString, ulong>,
    };

    private static bool ReadSource<T>(Processor p, in Operation op, out T value) where T : unmanaged =>
        p.Read(op.Segment, Repetition.Index(p, op, Register.Rsi), out value);

    private static bool ReadDestination<T>(Processor p, in Operation op, out T value) where T : unmanaged =>
        p.Read(SegmentName.Es, Repetition.Index(p, op, Register.Rdi), out value);

    private static bool WriteDestination<T>(Processor p, in Operation op, T value) where T : unmanaged =>
        p.Write(SegmentName.Es, Repetition.Index(p, op, Register.Rdi), value);

    private readonly struct Move : IStringInstruction
    {
        public static bool Iterate<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
        {
            if (!ReadSource(p, op, out T value) || !WriteDestination(p, op, value)) return false;
            Repetition.Advance(p, op, Register.Rsi, sizeof(T));
            Repetition.Advance(p, op, Register.Rdi, sizeof(T));
            return true;
        }

        /// <summary>A copy inside one page each; not if the destination overlaps the source, where every element must see the ones before.</summary>
        public static int IterateMany<T>(Processor p, in Operation op, int most) where T : unmanaged, IBinaryInteger<T>
        {
            if (!CanDoMany(p)) return 0;
            Span<byte> source = Ahead(p, op, op.Segment, Register.Rsi, most * sizeof(T), writable: false);
            Span<byte> destination = Ahead(p, op, SegmentName.Es, Register.Rdi, most * sizeof(T), writable: true);
            int count = Math.Min(source.Length, destination.Length) / sizeof(T), bytes = count * sizeof(T);
            if (count == 0 || source[..bytes].Overlaps(destination[..bytes])) return 0;
            source[..bytes].CopyTo(destination);
            Repetition.Advance(p, op, Register.Rsi, bytes);
            Repetition.Advance(p, op, Register.Rdi, bytes);
            return count;
        }
    }

    private readonly struct Store : IStringInstruction
    {
        public static bool Iterate<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
        {
            if (!WriteDestination(p, op, p.Get<T>(Register.Rax))) return false;
            Repetition.Advance(p, op, Register.Rdi, sizeof(T));
            return true;
        }

        public static int IterateMany<T>(Processor p, in Operation op, int most) where T : unmanaged, IBinaryInteger<T>
        {
            if (!CanDoMany(p)) return 0;
            Span<T> destination = MemoryMarshal.Cast<byte, T>(Ahead(p, op, SegmentName.Es, Register.Rdi, most * sizeof(T), writable: true));
            if (destination.IsEmpty) return 0;
            destination.Fill(p.Get<T>(Register.Rax));
            Repetition.Advance(p, op, Register.Rdi, destination.Length * sizeof(T));
            return destination.Length;
        }
    }

    private readonly struct Load : IStringInstruction
    {
        public static bool Iterate<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
        {
            if (!ReadSource(p, op, out T value)) return false;
            p.Set(Register.Rax, value);
            Repetition.Advance(p, op, Register.Rsi, sizeof(T));
            return true;
        }
    }

    private readonly struct Compare : IStringInstruction
    {
        public static bool Iterate<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
        {
            if (!ReadSource(p, op, out T left) || !ReadDestination(p, op, out T right)) return false;
            p.Flags.Set(left - right, Arithmetic.Borrows(left, right, left - right));
            Repetition.Advance(p, op, Register.Rsi, sizeof(T));
            Repetition.Advance(p, op, Register.Rdi, sizeof(T));
            return true;
        }

        public static bool EndsEarly(Processor p, in Operation op) => EndsBy(p.Flags.Zero, op);
    }

    private readonly struct Scan : IStringInstruction
    {
        public static bool Iterate<T>(Processor p, in Operation op) where T : unmanaged, IBinaryInteger<T>
        {
            if (!ReadDestination(p, op, out T right)) return false;
            T left = p.Get<T>(Register.Rax);
            p.Flags.Set(left - right, Arithmetic.Borrows(left, right, left - right));
            Repetition.Advance(p, op, Register.Rdi, sizeof(T));
            return true;
        }

        public static bool EndsEarly(Processor p, in Operation op) => EndsBy(p.Flags.Zero, op);
    }

    /// <summary>REPE ends at the first difference, REPNE at the first match.</summary>
    private static bool EndsBy(bool zero, in Operation op) => zero != ((op.Flags & OperationFlags.Repeat) != 0);

    private static bool CanDoMany(Processor p) => !p.SegmentChecks && (p.SystemFlags & Eflags.DF) == 0;

    /// <summary>The host memory that an index register points to, as far as page, address size and limit reach; empty where an access needs care.</summary>
    private static Span<byte> Ahead(Processor p, in Operation op, SegmentName segment, byte register, int limit, bool writable)
    {
        ulong index = Repetition.Index(p, op, register), linear = p.Linear(segment, index);
        Span<byte> page = writable ? p.WritableAhead(linear) : p.ReadableAhead(linear);
        return page[..(int)Math.Min((ulong)Math.Min(page.Length, limit), AddressSizes.Mask(op) - index)];
    }
}
