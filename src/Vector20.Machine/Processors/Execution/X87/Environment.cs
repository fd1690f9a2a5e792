using Iced.Intel;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Numbers;

namespace Vector20.Machine.Processors.Execution.X87;

/// <summary>FNSTENV, FLDENV, FNSAVE, FRSTOR: control, status and tag word and the pointers, in the formats of operand size and mode; and the registers.</summary>
[Manual("1", "8.1.10", "Saving the x87 FPU’s State with FSTENV/FNSTENV and FSAVE/FNSAVE")]
internal static unsafe class Environment
{
    private const int Fields = 7, RegisterSize = 10;

    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Fnstenv => IsWord(i) ? &Store<Words> : &Store<Doublewords>,
        Mnemonic.Fldenv => IsWord(i) ? &Load<Words> : &Load<Doublewords>,
        Mnemonic.Fnsave => IsWord(i) ? &Save<Words> : &Save<Doublewords>,
        Mnemonic.Frstor => IsWord(i) ? &Restore<Words> : &Restore<Doublewords>,
        _ => null,
    };

    private static bool IsWord(in Instruction i) => i.MemorySize is MemorySize.FpuEnv14 or MemorySize.FpuState94;

    /// <summary>All exceptions are masked afterwards.</summary>
    [Manual("2A", "3.3", "FSTENV/FNSTENV—Store x87 FPU Environment")]
    private static Outcome Store<TSize>(Processor p, in Operation op) where TSize : struct, ISize
    {
        if (!p.UseX87WithoutWaiting() || !Reaches(p, op, Fields * TSize.Bytes) || !StoreFields<TSize>(p, op)) return Outcome.Stop;
        p.Extended.File.ControlWord |= ControlWord.Masks;
        StatusWord.Summarize(ref p.Extended.File);
        return Outcome.Continue;
    }

    [Manual("2A", "3.3", "FLDENV—Load x87 FPU Environment")]
    private static Outcome Load<TSize>(Processor p, in Operation op) where TSize : struct, ISize
    {
        Span<uint> fields = stackalloc uint[Fields];
        if (!p.UseX87() || !LoadFields<TSize>(p, op, fields)) return Outcome.Stop;
        TakeFields(p, fields, TSize.Bytes);
        return Outcome.Continue;
    }

    /// <summary>Afterwards the unit is initialized.</summary>
    [Manual("2A", "3.3", "FSAVE/FNSAVE—Store x87 FPU State")]
    private static Outcome Save<TSize>(Processor p, in Operation op) where TSize : struct, ISize
    {
        if (!p.UseX87WithoutWaiting() || !Reaches(p, op, Fields * TSize.Bytes + 8 * RegisterSize) || !StoreFields<TSize>(p, op)) return Outcome.Stop;
        for (int i = 0; i < 8; i++)
            if (!p.Write(op.Segment, At(p, op, Fields * TSize.Bytes + RegisterSize * i), TenBytes.Of(Stack.Get(p.Extended.File, i)))) return Outcome.Stop;
        Control.Initialize(ref p.Extended.File);
        return Outcome.Continue;
    }

    [Manual("2A", "3.3", "FRSTOR—Restore x87 FPU State")]
    private static Outcome Restore<TSize>(Processor p, in Operation op) where TSize : struct, ISize
    {
        Span<uint> fields = stackalloc uint[Fields];
        Span<TenBytes> registers = stackalloc TenBytes[8];
        if (!p.UseX87() || !LoadFields<TSize>(p, op, fields)) return Outcome.Stop;
        for (int i = 0; i < 8; i++)
            if (!p.Read(op.Segment, At(p, op, Fields * TSize.Bytes + RegisterSize * i), out registers[i])) return Outcome.Stop;
        TakeFields(p, fields, TSize.Bytes);
        ref ExtendedRegisterFile file = ref p.Extended.File;
        for (int i = 0; i < 8; i++) file.Physical[file.Top + i & 7] = registers[i].Value;
        return Outcome.Continue;
    }

    /// <summary>Whether the last byte may be written: if so and the first may, all may, and nothing is written in vain.</summary>
    private static bool Reaches(Processor p, in Operation op, int size) => p.ReadForWrite(op.Segment, At(p, op, size - 1), out byte _);

    private static bool StoreFields<TSize>(Processor p, in Operation op) where TSize : struct, ISize
    {
        Span<uint> fields = stackalloc uint[Fields];
        PutFields(p, fields);
        for (int i = 0; i < Fields; i++)
        {
            ulong at = At(p, op, i * TSize.Bytes);
            if (TSize.Bytes == 2 ? !p.Write(op.Segment, at, (ushort)fields[i]) : !p.Write(op.Segment, at, fields[i])) return false;
        }

        return true;
    }

    private static bool LoadFields<TSize>(Processor p, in Operation op, Span<uint> fields) where TSize : struct, ISize
    {
        for (int i = 0; i < Fields; i++)
        {
            ulong at = At(p, op, i * TSize.Bytes);
            ushort word = 0;
            if (TSize.Bytes == 2 ? !p.Read(op.Segment, at, out word) : !p.Read(op.Segment, at, out fields[i])) return false;
            if (TSize.Bytes == 2) fields[i] = word;
        }

        return true;
    }

    /// <summary>In real and virtual-8086 mode the pointers are linear addresses, with the opcode among their upper bits.</summary>
    private static void PutFields(Processor p, Span<uint> fields)
    {
        const uint High = 0xFFFF_0000;
        ref ExtendedRegisterFile file = ref p.Extended.File;
        fields[0] = High | file.ControlWord;
        fields[1] = High | file.StatusWord;
        fields[2] = High | TagWord(file);
        if (HasSelectors(p))
        {
            fields[3] = (uint)file.InstructionPointer;
            fields[4] = file.InstructionSegment | (uint)file.Opcode << 16;
            fields[5] = (uint)file.DataPointer;
            fields[6] = High | file.DataSegment;
            return;
        }

        uint instruction = (uint)file.InstructionPointer + ((uint)file.InstructionSegment << 4), data = (uint)file.DataPointer + ((uint)file.DataSegment << 4);
        fields[3] = High | instruction & 0xFFFF;
        fields[4] = instruction >> 16 << 12 | file.Opcode;
        fields[5] = High | data & 0xFFFF;
        fields[6] = data >> 16 << 12;
    }

    private static void TakeFields(Processor p, ReadOnlySpan<uint> fields, int size)
    {
        ref ExtendedRegisterFile file = ref p.Extended.File;
        file.ControlWord = ControlWord.Stored((ushort)fields[0]);
        file.StatusWord = (ushort)fields[1];
        file.Valid = 0;
        for (int i = 0; i < 8; i++)
            if ((fields[2] >> 2 * i & 3) != 3) file.Valid |= (ushort)(1 << i);
        uint mask = size == 2 ? 0xFFFFu : uint.MaxValue;
        if (HasSelectors(p))
        {
            (file.InstructionPointer, file.DataPointer) = (fields[3] & mask, fields[5] & mask);
            (file.InstructionSegment, file.DataSegment) = ((ushort)fields[4], (ushort)fields[6]);
            file.Opcode = (ushort)(fields[4] >> 16 & 0x7FF);
        }
        else
        {
            (file.InstructionSegment, file.DataSegment) = (0, 0);
            file.InstructionPointer = fields[3] & 0xFFFF | (fields[4] & 0x0FFF_F000) << 4;
            file.DataPointer = fields[5] & 0xFFFF | (fields[6] & 0x0FFF_F000) << 4;
            file.Opcode = (ushort)(fields[4] & 0x7FF);
        }

        StatusWord.Summarize(ref file);
    }

    /// <summary>For each physical register: 0 a number, 1 zero, 2 special, 3 empty.</summary>
    [Manual("1", "8.1.7", "x87 FPU Tag Word")]
    private static ushort TagWord(in ExtendedRegisterFile file)
    {
        uint word = 0;
        for (int i = 0; i < 8; i++)
        {
            uint tag = (file.Valid >> i & 1) == 0 ? 3u : ExtendedArithmetic.Decode(file.Physical[i]).Kind switch
            {
                ValueKind.Normal => 0,
                ValueKind.Zero => 1,
                _ => 2,
            };
            word |= tag << 2 * i;
        }

        return (ushort)word;
    }

    private static bool HasSelectors(Processor p) => p.Protected && !p.Virtual8086;

    private static ulong At(Processor p, in Operation op, int offset)
    {
        ulong at = p.EffectiveAddress(op) + (uint)offset;
        return op.AddressSize switch { 8 => at, 4 => (uint)at, _ => (ushort)at };
    }

    private interface ISize
    {
        static abstract int Bytes { get; }
    }

    private readonly struct Words : ISize
    {
        public static int Bytes => 2;
    }

    private readonly struct Doublewords : ISize
    {
        public static int Bytes => 4;
    }
}
