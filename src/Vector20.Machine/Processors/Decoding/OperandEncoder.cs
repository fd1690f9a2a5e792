using Iced.Intel;

namespace Vector20.Machine.Processors.Decoding;

/// <summary>Turns Iced's operands into an <see cref="Operation"/>'s, by the rules that stand there.</summary>
internal static class OperandEncoder
{
    /// <summary>Everything of an instruction but its semantics and its place in the block.</summary>
    public static Operation Encode(in Instruction instruction, CodeMode mode)
    {
        var op = new Operation
        {
            Length = (byte)instruction.Length,
            Destination = Register.None,
            Source = Register.None,
            Base = Register.None,
            Index = Register.None,
            SegmentBase = Register.None,
            AddressSize = DefaultAddressSize(mode),
            Flags = Prefixes(instruction),
        };
        int registers = 0;
        for (int i = 0; i < instruction.OpCount; i++)
        {
            OpKind kind = instruction.GetOpKind(i);
            if (kind == OpKind.Register) PlaceRegister(ref op, i, OffsetOf(instruction.GetOpRegister(i)), ref registers);
            else if (kind is OpKind.NearBranch16 or OpKind.NearBranch32 or OpKind.NearBranch64) op.Immediate = BranchTarget(instruction, kind);
            else if (kind is OpKind.FarBranch16) op.Immediate = instruction.FarBranchSelector | (long)instruction.FarBranch16 << 16;
            else if (kind is OpKind.FarBranch32) op.Immediate = instruction.FarBranchSelector | (long)instruction.FarBranch32 << 16;
            else if (kind == OpKind.Memory) PlaceMemory(ref op, instruction, mode);
            else if (kind >= OpKind.MemorySegSI) PlaceStringOperand(ref op, instruction, kind, mode);
            else if (kind == OpKind.Immediate8_2nd) op.Displacement = instruction.Immediate8_2nd;
            else PlaceImmediate(ref op, (long)instruction.GetImmediate(i), registers);
        }

        if (instruction.Mnemonic == Mnemonic.Monitor) PlaceMonitoredAddress(ref op, instruction, mode);
        op.Flags |= (OperationFlags)SizeLog(instruction, mode);
        if (op.AddressSize != 8 || (op.Flags & OperationFlags.WideOffset) != 0) op.Flags |= OperationFlags.AddressNeedsCare;
        return op;
    }

    /// <summary>The register file's offset of a general register of any width; segment, control and debug registers give their number.</summary>
    public static byte OffsetOf(Iced.Intel.Register register)
    {
        if (register is >= Iced.Intel.Register.AH and <= Iced.Intel.Register.BH)
            return (byte)((register - Iced.Intel.Register.AH) * 8 + 1);
        if (register.IsGPR()) return Register.Number(register.GetFullRegister().GetNumber());
        return (byte)register.GetNumber();
    }

    private static void PlaceRegister(ref Operation op, int operand, byte offset, ref int registers)
    {
        if (operand == 0) op.Destination = offset;
        else if (op.Source == Register.None && registers <= 1) op.Source = offset;
        else PlaceImmediate(ref op, offset, registers);
        registers++;
    }

    /// <summary>Behind three registers there is no memory operand: the third makes room.</summary>
    private static void PlaceImmediate(ref Operation op, long value, int registers)
    {
        if (registers == 3) op.Displacement = (int)op.Immediate;
        op.Immediate = value;
    }

    private static void PlaceMemory(ref Operation op, in Instruction instruction, CodeMode mode)
    {
        if (instruction.IsIPRelativeMemoryOperand) PlaceRelative(ref op, instruction);
        else
        {
            op.Displacement = (int)instruction.MemoryDisplacement32;
            op.AddressSize = AddressSizeOf(instruction, mode);
            if (instruction.MemoryBase != Iced.Intel.Register.None) op.Base = OffsetOf(instruction.MemoryBase);
            if (instruction.MemoryIndex.IsVectorRegister()) op.Immediate = instruction.MemoryIndex.GetNumber();
            else if (HasIndex(instruction)) op.Index = OffsetOf(instruction.MemoryIndex);
            op.Scale = (byte)System.Numerics.BitOperations.Log2((uint)instruction.MemoryIndexScale);
            if (op.AddressSize == 8 && (long)instruction.MemoryDisplacement64 != op.Displacement)
            {
                op.Flags |= OperationFlags.WideOffset;
                op.Immediate = (long)instruction.MemoryDisplacement64;
            }
        }

        PlaceSegment(ref op, instruction.MemorySegment, mode);
    }

    /// <summary>
    /// RIP-relative: the decoder's RIP counts from the block's first byte. That distance is the encoded displacement plus the offset of the
    /// next instruction, which may be past what 32 signed bits hold; the truncated value is then 2^32 too low.
    /// </summary>
    private static void PlaceRelative(ref Operation op, in Instruction instruction)
    {
        long distance = (long)instruction.IPRelativeMemoryAddress;
        op.Base = Register.BlockRip;
        op.Displacement = (int)distance;
        op.AddressSize = (byte)(instruction.MemoryBase == Iced.Intel.Register.EIP ? 4 : 8);
        if (op.AddressSize == 4 || distance == op.Displacement) return;
        op.Index = Register.TwoTo29;
        op.Scale = 3;
    }

    /// <summary>XLAT's AL is an 8-bit index, which its semantics adds.</summary>
    private static bool HasIndex(in Instruction instruction) =>
        instruction.MemoryIndex != Iced.Intel.Register.None && instruction.MemoryIndex != Iced.Intel.Register.AL;

    private static void PlaceStringOperand(ref Operation op, in Instruction instruction, OpKind kind, CodeMode mode)
    {
        op.AddressSize = kind switch
        {
            OpKind.MemorySegSI or OpKind.MemorySegDI or OpKind.MemoryESDI => 2,
            OpKind.MemorySegESI or OpKind.MemorySegEDI or OpKind.MemoryESEDI => 4,
            _ => 8,
        };
        if (kind is OpKind.MemorySegSI or OpKind.MemorySegESI or OpKind.MemorySegRSI or OpKind.MemorySegDI or OpKind.MemorySegEDI or OpKind.MemorySegRDI)
            PlaceSegment(ref op, instruction.MemorySegment, mode);
    }

    /// <summary>MONITOR's operand is at rAX, in DS unless overridden. Iced shows no operand.</summary>
    private static void PlaceMonitoredAddress(ref Operation op, in Instruction instruction, CodeMode mode)
    {
        op.Base = Register.Rax;
        op.AddressSize = instruction.Code switch { Code.Monitorw => 2, Code.Monitord => 4, _ => 8 };
        PlaceSegment(ref op, instruction.HasSegmentPrefix ? instruction.SegmentPrefix : Iced.Intel.Register.DS, mode);
    }

    /// <summary>64-bit mode ignores the prefixes of ES, CS, SS and DS: which of them it is then follows from the base register alone, and shows in #SS or #GP.</summary>
    [Manual("1", "3.4.2.1", "Segment Registers in 64-Bit Mode")]
    private static void PlaceSegment(ref Operation op, Iced.Intel.Register segment, CodeMode mode)
    {
        op.Segment = (SegmentName)segment.GetNumber();
        bool ignored = mode == CodeMode.Bits64 && op.Segment < SegmentName.Fs;
        if (ignored) op.Segment = op.Base is Register.Rsp or Register.Rbp ? SegmentName.Ss : SegmentName.Ds;
        op.SegmentBase = ignored ? Register.None : (byte)(Register.SegmentBases + 8 * (int)op.Segment);
    }

    /// <summary>The address size: the width of base or index; without both, of the displacement.</summary>
    private static byte AddressSizeOf(in Instruction instruction, CodeMode mode)
    {
        Iced.Intel.Register register = instruction.MemoryBase != Iced.Intel.Register.None ? instruction.MemoryBase : instruction.MemoryIndex;
        if (register != Iced.Intel.Register.None && !register.IsVectorRegister()) return (byte)register.GetSize();
        return instruction.MemoryDisplSize is 2 or 4 or 8 ? (byte)instruction.MemoryDisplSize : DefaultAddressSize(mode);
    }

    private static byte DefaultAddressSize(CodeMode mode) => mode switch { CodeMode.Bits64 => 8, CodeMode.Bits32 => 4, _ => 2 };

    private static long BranchTarget(in Instruction instruction, OpKind kind) => kind switch
    {
        OpKind.NearBranch16 => (short)instruction.NearBranch16,
        OpKind.NearBranch32 => (int)instruction.NearBranch32,
        _ => (long)instruction.NearBranch64,
    };

    private static OperationFlags Prefixes(in Instruction instruction) =>
        (instruction.HasRepPrefix ? OperationFlags.Repeat : 0)
        | (instruction.HasRepnePrefix ? OperationFlags.RepeatNotEqual : 0)
        | (instruction.HasLockPrefix ? OperationFlags.Lock : 0);

    /// <summary>The operand size: of operand 0 where it has one, else by prefixes and mode.</summary>
    private static int SizeLog(in Instruction instruction, CodeMode mode)
    {
        int size = OperandSizes.Of(instruction, 0, mode);
        return size switch { 1 => 0, 2 => 1, 8 => 3, _ => 2 };
    }
}

/// <summary>Operand widths.</summary>
internal static class OperandSizes
{
    /// <summary>Width in bytes of an operand; for one without (an immediate, a branch target, none) the instruction's operand size.</summary>
    public static int Of(in Instruction instruction, int operand, CodeMode mode)
    {
        if (operand < instruction.OpCount && !IsPointer(instruction.Code))
        {
            OpKind kind = instruction.GetOpKind(operand);
            if (kind == OpKind.Register && instruction.GetOpRegister(operand).IsGPR()) return instruction.GetOpRegister(operand).GetSize();
            if (kind >= OpKind.MemorySegSI && instruction.MemorySize.GetSize() is > 0 and <= 8 and var size) return size;
        }

        return instruction.Code.ToOpCode().OperandSize switch { 16 => 2, 32 => 4, 64 => 8, _ => mode == CodeMode.Bits16 ? 2 : 4 };
    }

    /// <summary>A far pointer or a table's limit and base: the operand size is not the size of the memory.</summary>
    private static bool IsPointer(Code code) => code.IsJmpFarIndirect() || code.IsCallFarIndirect()
        || code is Code.Lgdt_m1632_16 or Code.Lidt_m1632_16 or Code.Sgdt_m1632_16 or Code.Sidt_m1632_16;
}
