using Iced.Intel;

namespace Vector20.Machine.Tests.Native;

/// <summary>Draws operands and prefixes for an instruction.</summary>
internal sealed class OperandChooser(Random random, int bits)
{
    private static readonly int[] s_scales = [1, 2, 4, 8];

    public static bool Knows(OpCodeOperandKind kind) => kind switch
    {
        OpCodeOperandKind.mem_offs or OpCodeOperandKind.mem => true,
        >= OpCodeOperandKind.r8_or_mem and <= OpCodeOperandKind.r32_or_mem or OpCodeOperandKind.r64_or_mem => true,
        >= OpCodeOperandKind.r8_reg and <= OpCodeOperandKind.r64_vvvv => true,
        >= OpCodeOperandKind.al and <= OpCodeOperandKind.rax => true,
        >= OpCodeOperandKind.imm8 and <= OpCodeOperandKind.es_rDI or OpCodeOperandKind.seg_rBX_al => true,
        >= OpCodeOperandKind.mem_vsib32x and <= OpCodeOperandKind.mem_vsib64y or OpCodeOperandKind.seg_rDI => true,
        >= OpCodeOperandKind.mm_or_mem and <= OpCodeOperandKind.ymm_or_mem or >= OpCodeOperandKind.mm_reg and <= OpCodeOperandKind.ymm_is5 => true,
        OpCodeOperandKind.st0 or OpCodeOperandKind.sti_opcode => true,
        OpCodeOperandKind.br64_1 or OpCodeOperandKind.br64_4 or OpCodeOperandKind.br32_1 or OpCodeOperandKind.br32_4 => true,
        _ => false,
    };

    /// <summary>An instruction with random operands. Not every draw can be encoded.</summary>
    public Instruction Choose(Code code)
    {
        OpCodeInfo op = code.ToOpCode();
        var instruction = new Instruction { Code = code };
        bool narrow = random.Next(bits == 64 ? 4 : 16) == 0, repeat = random.Next(3) != 0;
        for (int i = 0; i < op.OpCount; i++) Place(ref instruction, i, op.GetOpKind(i), narrow);
        bool memory = instruction.Op0Kind == OpKind.Memory || instruction.Op1Kind == OpKind.Memory;
        if (op.CanUseLockPrefix && instruction.Op0Kind == OpKind.Memory) instruction.HasLockPrefix = random.Next(3) == 0;
        if (memory && random.Next(8) == 0) instruction.SegmentPrefix = random.Next(2) == 0 ? Register.ES : Register.SS;
        if (op.CanUseRepPrefix && instruction.IsStringInstruction && repeat) instruction.HasRepPrefix = true;
        if (op.CanUseRepnePrefix && instruction.IsStringInstruction && repeat && random.Next(2) == 0)
            (instruction.HasRepPrefix, instruction.HasRepnePrefix) = (false, true);
        return instruction;
    }

    private void Place(ref Instruction i, int operand, OpCodeOperandKind kind, bool narrow)
    {
        switch (kind)
        {
            case OpCodeOperandKind.r8_or_mem or OpCodeOperandKind.r16_or_mem or OpCodeOperandKind.r32_or_mem or OpCodeOperandKind.r64_or_mem when random.Next(2) == 0:
            case >= OpCodeOperandKind.mm_or_mem and <= OpCodeOperandKind.ymm_or_mem when random.Next(2) == 0:
            case OpCodeOperandKind.mem:
                PlaceMemory(ref i, operand, narrow);
                break;
            case OpCodeOperandKind.mem_offs:
                i.SetOpKind(operand, OpKind.Memory);
                i.MemoryDisplSize = DisplacementSize(narrow);
                i.MemoryDisplacement64 = DataTarget();
                break;
            case OpCodeOperandKind.seg_rBX_al:
                i.SetOpKind(operand, OpKind.Memory);
                (i.MemoryBase, i.MemoryIndex) = (Sized(3, narrow), Register.AL);
                break;
            case >= OpCodeOperandKind.mem_vsib32x and <= OpCodeOperandKind.mem_vsib64y:
                PlaceMemory(ref i, operand, narrow: false);
                if (i.MemoryBase == Register.None || i.MemoryBase == Register.RIP) (i.MemoryBase, i.MemoryDisplSize, i.MemoryDisplacement64) = (Sized(3, narrow: false), 0, 0);
                i.MemoryIndex = (kind is OpCodeOperandKind.mem_vsib32x or OpCodeOperandKind.mem_vsib64x ? Register.XMM0 : Register.YMM0) + random.Next(bits / 4);
                i.MemoryIndexScale = s_scales[random.Next(4)];
                break;
            case OpCodeOperandKind.seg_rDI:
                i.SetOpKind(operand, (bits, narrow) switch { (64, false) => OpKind.MemorySegRDI, (32, true) => OpKind.MemorySegDI, _ => OpKind.MemorySegEDI });
                break;
            case OpCodeOperandKind.seg_rSI:
                i.SetOpKind(operand, ((bits, narrow) switch { (64, false) => OpKind.MemorySegRSI, (32, true) => OpKind.MemorySegSI, _ => OpKind.MemorySegESI }));
                break;
            case OpCodeOperandKind.es_rDI:
                i.SetOpKind(operand, (bits, narrow) switch { (64, false) => OpKind.MemoryESRDI, (32, true) => OpKind.MemoryESDI, _ => OpKind.MemoryESEDI });
                break;
            case OpCodeOperandKind.br64_1 or OpCodeOperandKind.br32_1:
                Branch(ref i, operand, random.Next(-100, 100));
                break;
            case OpCodeOperandKind.br64_4 or OpCodeOperandKind.br32_4:
                Branch(ref i, operand, random.Next(-0x700, 0x700));
                break;
            case >= OpCodeOperandKind.imm8 and <= OpCodeOperandKind.imm64:
                PlaceImmediate(ref i, operand, kind);
                break;
            default:
                i.SetOpKind(operand, OpKind.Register);
                i.SetOpRegister(operand, RegisterFor(kind));
                break;
        }
    }

    private void Branch(ref Instruction i, int operand, int distance)
    {
        i.SetOpKind(operand, bits == 64 ? OpKind.NearBranch64 : OpKind.NearBranch32);
        i.NearBranch64 = Layout.Entry + (ulong)(distance is > -16 and < 16 ? distance + 32 : distance);
    }

    private void PlaceMemory(ref Instruction i, int operand, bool narrow)
    {
        i.SetOpKind(operand, OpKind.Memory);
        int form = random.Next(8);
        if (form == 0 && bits == 64)
        {
            i.MemoryBase = narrow ? Register.EIP : Register.RIP;
            (i.MemoryDisplSize, i.MemoryDisplacement64) = (DisplacementSize(narrow), DataTarget());
            return;
        }

        if (form <= 1)
        {
            (i.MemoryDisplSize, i.MemoryDisplacement64) = (DisplacementSize(narrow), DataTarget());
            return;
        }

        int from = random.Next(bits / 4), index = random.Next(bits / 4);
        i.MemoryBase = Sized(from, narrow);
        if (form >= 4 && index != from && index != 4) (i.MemoryIndex, i.MemoryIndexScale) = (Sized(index, narrow), s_scales[random.Next(4)]);
        if (form is 2 or 4) return;
        (i.MemoryDisplSize, i.MemoryDisplacement64) = form is 3 or 5 ? (1, (ulong)random.Next(-128, 128)) 
            : (DisplacementSize(narrow), (ulong)random.Next(-0x10000, 0x10000));
        if (bits == 32 && narrow) i.MemoryDisplacement64 = (ushort)i.MemoryDisplacement64;
        else if (bits == 32 || narrow) i.MemoryDisplacement64 = (uint)i.MemoryDisplacement64;
    }

    private int DisplacementSize(bool narrow) => bits / (narrow ? 16 : 8);

    /// <summary>A register as wide as addresses are.</summary>
    private Register Sized(int number, bool narrow) => (bits, narrow) switch
    {
        (64, false) => Register.RAX,
        (32, true) => Register.AX,
        _ => Register.EAX,
    } + number;

    private ulong DataTarget() => Layout.Data + Layout.Window + 16 + (ulong)random.Next(5) * 16;

    private void PlaceImmediate(ref Instruction i, int operand, OpCodeOperandKind kind)
    {
        OpKind opKind = kind switch
        {
            OpCodeOperandKind.imm8 when operand == 1 && i.Op0Kind == OpKind.Immediate16 => OpKind.Immediate8_2nd,
            OpCodeOperandKind.imm8 or OpCodeOperandKind.imm8_const_1 => OpKind.Immediate8,
            OpCodeOperandKind.imm8sex16 => OpKind.Immediate8to16,
            OpCodeOperandKind.imm8sex32 => OpKind.Immediate8to32,
            OpCodeOperandKind.imm8sex64 => OpKind.Immediate8to64,
            OpCodeOperandKind.imm16 => OpKind.Immediate16,
            OpCodeOperandKind.imm32 => OpKind.Immediate32,
            OpCodeOperandKind.imm32sex64 => OpKind.Immediate32to64,
            _ => OpKind.Immediate64,
        };
        i.SetOpKind(operand, opKind);
        long value = kind == OpCodeOperandKind.imm8_const_1 ? 1 : random.Next(3) == 0 ? random.Next(-3, 70) : random.NextInt64(long.MinValue, long.MaxValue);
        if (i.Mnemonic == Mnemonic.Enter && opKind == OpKind.Immediate16) value = random.Next(0x400);
        i.SetImmediate(operand, opKind switch
        {
            OpKind.Immediate8 or OpKind.Immediate8_2nd => (byte)value,
            OpKind.Immediate8to16 or OpKind.Immediate8to32 or OpKind.Immediate8to64 => (sbyte)value,
            OpKind.Immediate16 => (ushort)value,
            OpKind.Immediate32 => (long)(uint)value,
            OpKind.Immediate32to64 => (int)value,
            _ => value,
        });
    }

    private Register RegisterFor(OpCodeOperandKind kind)
    {
        string name = kind.ToString();
        if (kind is >= OpCodeOperandKind.al and <= OpCodeOperandKind.rax) return Enum.Parse<Register>(name.ToUpperInvariant());
        if (name.StartsWith("mm", StringComparison.Ordinal)) return Register.MM0 + random.Next(8);
        if (name.StartsWith("xmm", StringComparison.Ordinal)) return Register.XMM0 + random.Next(bits / 4);
        if (name.StartsWith("ymm", StringComparison.Ordinal)) return Register.YMM0 + random.Next(bits / 4);
        if (kind is OpCodeOperandKind.st0 or OpCodeOperandKind.sti_opcode) return Register.ST0 + (kind == OpCodeOperandKind.st0 ? 0 : random.Next(8));
        Register first = name[1] switch { '8' => Register.AL, '1' => Register.AX, '3' => Register.EAX, _ => Register.RAX };
        if (first == Register.AL) return Register.AL + random.Next(bits == 64 ? 20 : 8);
        return first + random.Next(bits / 4);
    }
}
