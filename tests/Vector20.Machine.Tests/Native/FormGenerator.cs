using Iced.Intel;

namespace Vector20.Machine.Tests.Native;

/// <summary>Every instruction of a group of 64-bit or 32-bit user code that Iced knows, each in several operand forms.</summary>
internal sealed class FormGenerator(Random random, int bits, InstructionGroup group = InstructionGroup.General)
{
    private readonly int _drawsPerCode = group switch { InstructionGroup.General => 24, InstructionGroup.X87 => 12, _ => 6 };
    private readonly bool _extended = group != InstructionGroup.General;

    /// <summary>Opcodes that 64-bit mode took away, and UD0, UD1, UD2.</summary>
    private static readonly string[] s_removed =
    [
        "06", "07", "0E", "16", "17", "1E", "1F", "27", "2F", "37", "3F", "60", "61", "82C001", "9A000000000000", "C40100", "CE", "D40A", "D50A", "D6", "EA000000000000",
    ];

    private static readonly string[] s_undefined =
    [
        "0FFFC0", "0FB9C0", "0F0B", "8DC0", "0FC7C8", "8FC8", "FEF8", "FFF8", "F0F0",
    ];

    /// <summary>The CPUID bit (leaf, register, bit) of each feature that some of the instructions need.</summary>
    private static readonly Dictionary<CpuidFeature, (int Leaf, int Register, int Bit)> s_features = new()
    {
        [CpuidFeature.BMI1] = (7, 1, 3), [CpuidFeature.BMI2] = (7, 1, 8), [CpuidFeature.ADX] = (7, 1, 19), [CpuidFeature.MOVBE] = (1, 2, 22),
        [CpuidFeature.POPCNT] = (1, 2, 23), [CpuidFeature.SSE4_2] = (1, 2, 20), [CpuidFeature.CMPXCHG16B] = (1, 2, 13), [CpuidFeature.CLFLUSHOPT] = (7, 1, 23),
        [CpuidFeature.CLWB] = (7, 1, 24), [CpuidFeature.LZCNT] = (unchecked((int)0x8000_0001), 2, 5), [CpuidFeature.MOVDIRI] = (7, 2, 27),
        [CpuidFeature.PREFETCHW] = (unchecked((int)0x8000_0001), 2, 8),
    };

    private readonly OperandChooser _operands = new(random, bits);
    private readonly HashSet<string> _seen = [];

    /// <summary>Instructions left out because this machine's processor lacks their feature.</summary>
    public SortedSet<string> Skipped { get; } = [];

    /// <summary>All forms, in the order of their codes.</summary>
    public List<Form> Generate()
    {
        var forms = new List<Form>();
        foreach (Code code in Enum.GetValues<Code>())
        {
            if (!IsWanted(code.ToOpCode())) continue;
            for (int draw = 0; draw < _drawsPerCode; draw++)
                if (TryMake(code) is { } form && _seen.Add(form.Shape)) forms.Add(form);
        }

        if (_extended) return forms;
        IEnumerable<string> undefined = bits == 64 ? [.. s_removed, .. s_undefined] : s_undefined;
        List<Form> illegalLocks = [.. forms.Where(form => !form.Instruction.HasLockPrefix).DistinctBy(form => form.Instruction.Mnemonic)
            .Select(form => Invalid([0xF0, .. form.Bytes])).Where(form => form.Instruction.IsInvalid)];
        return [.. forms, .. illegalLocks, .. undefined.Select(hex => Invalid(Convert.FromHexString(hex)))];
    }

    private bool IsWanted(OpCodeInfo op)
    {
        if (IsVendorSpecific(op) || !op.IsInstruction || !(bits == 64 ? op.Mode64 : op.Mode32) || !op.Cpl3) return false;
        if (_extended ? !ExtendedInstructions.Contains(op) || ExtendedInstructions.GroupOf(op) != group : !Mnemonics.Contains(op.Mnemonic) || IsVectorMove(op)) return false;
        for (int i = 0; i < op.OpCount; i++)
            if (!OperandChooser.Knows(op.GetOpKind(i))) return false;
        foreach (CpuidFeature feature in op.Code.CpuidFeatures())
        {
            bool known = s_features.TryGetValue(feature, out (int Leaf, int Register, int Bit) at) || _extended && ExtendedInstructions.Features.TryGetValue(feature, out at);
            if (!known || NativeProcessor.Has(at.Leaf, at.Register, at.Bit)) continue;
            Skipped.Add($"{op.Mnemonic} ({feature})");
            return false;
        }

        return true;
    }

    /// <summary>MOVSD and CMPSD are also instructions on XMM registers.</summary>
    private static bool IsVectorMove(OpCodeInfo op) => op.Mnemonic is Mnemonic.Movsd or Mnemonic.Cmpsd && op.Op0Kind is not (OpCodeOperandKind.es_rDI or OpCodeOperandKind.seg_rSI);

    /// <summary>
    /// Intel's and AMD's processors differ: MOVSXD with a 16-bit operand size reads 2 bytes or 4, and a 16-bit operand size of near branches is ignored or
    /// obeyed. Far branches belong to the system instructions.
    /// </summary>
    private bool IsVendorSpecific(OpCodeInfo op) =>
        op.Code == Code.Movsxd_r16_rm16 || Mnemonics.IsBranch(op.Mnemonic) && (bits == 64 && op.OperandSize == 16 || op.OpCount == 1 && op.Op0Kind == OpCodeOperandKind.mem);

    private Form? TryMake(Code code)
    {
        Instruction instruction = _operands.Choose(code);
        var bytes = new List<byte>();
        Encoder encoder = Encoder.Create(bits, new ListWriter(bytes));
        return encoder.TryEncode(instruction, Layout.Entry, out _, out _) && Decoded([.. bytes]) is { } form && form.Instruction.Length == bytes.Count ? form : null;
    }

    private Form Decoded(byte[] bytes)
    {
        Decoder decoder = Decoder.Create(bits, new ByteArrayCodeReader(bytes), Layout.Entry);
        decoder.Decode(out Instruction instruction);
        return new Form(instruction, bits, bytes, Form.ShapeOf(instruction, bits));
    }

    private Form Invalid(byte[] bytes) => Decoded(bytes) with { Shape = $"{bits} #UD {Convert.ToHexString(bytes)}" };

    private sealed class ListWriter(List<byte> bytes) : CodeWriter
    {
        public override void WriteByte(byte value) => bytes.Add(value);
    }
}
