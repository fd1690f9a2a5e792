using Iced.Intel;

namespace Vector20.Machine.Tests.Native;

/// <summary>One instruction to compare: its bytes, what they decode to, and what makes it a form of its own.</summary>
/// <param name="Instruction">The decoded instruction; <see cref="Code.INVALID"/> for bytes that are no instruction.</param>
/// <param name="Bits">64 for 64-bit mode, 32 for compatibility mode.</param>
/// <param name="Bytes">Its bytes.</param>
/// <param name="Shape">Code, kinds of operands and prefixes: two forms with one shape are one.</param>
internal sealed record Form(Instruction Instruction, int Bits, byte[] Bytes, string Shape)
{
    public override string ToString() => $"{Bits}-bit {Instruction} ({Convert.ToHexString(Bytes)})";

    /// <summary>The shape of a decoded instruction.</summary>
    public static string ShapeOf(in Instruction i, int bits)
    {
        var words = new List<string> { $"{bits} {i.Code}" };
        for (int operand = 0; operand < i.OpCount; operand++)
        {
            OpKind kind = i.GetOpKind(operand);
            words.Add(kind switch
            {
                OpKind.Register => KindOf(i.GetOpRegister(operand)) + (operand > 0 && i.GetOpRegister(operand) == i.Op0Register ? "=" : ""),
                OpKind.Memory => $"[{KindOf(i.MemoryBase)}+{KindOf(i.MemoryIndex)}*{i.MemoryIndexScale}+{i.MemoryDisplSize}]",
                _ => kind.ToString(),
            });
        }

        if (i.HasLockPrefix) words.Add("lock");
        if (i.HasRepPrefix) words.Add("rep");
        if (i.HasRepnePrefix) words.Add("repne");
        if (i.SegmentPrefix != Register.None) words.Add("segment");
        return string.Join(' ', words);
    }

    private static string KindOf(Register register) => register switch
    {
        Register.None => "",
        Register.AH or Register.BH or Register.CH or Register.DH => "high",
        _ when register.IsVectorRegister() => (register.GetNumber() >= 8 ? "new" : "old") + register.GetSize() * 8,
        _ when register.IsMM() || register.IsST() && register != Register.ST0 => register.IsMM() ? "mm" : "st",
        _ when !register.IsGPR() => register.ToString(),
        _ => (register.GetFullRegister().GetNumber() switch { 4 => "sp", >= 8 => "new", _ => "old" }) + register.GetSize() * 8,
    };
}
