using Iced.Intel;

namespace Vector20.Machine.Tests.Native;

/// <summary>Compares extended registers after a case.</summary>
internal static class ExtendedComparison
{
    /// <summary>The first difference in words, or null.</summary>
    public static string? Difference(Form form, ref ExtendedImage native, ref ExtendedImage software, ref ExtendedImage before, in MachineState after)
    {
        uint there = native.At<uint>(ExtendedImage.MxcsrAt), here = software.At<uint>(ExtendedImage.MxcsrAt);
        if (there != here) return $"MXCSR {there:x}, here {here:x}";
        bool faulted = after.Trap != Comparison.Breakpoint;
        for (int i = 0; i < (form.Bits == 64 ? 16 : 8); i++)
        {
            if (ProcessorDependent.IsUnfinishedMask(form.Instruction, i, faulted)) continue;
            if (ProcessorDependent.IsApproximate(form.Instruction, i) && ProcessorDependent.AreClose(ref native, ref software, i)) continue;
            if (Differ(ref native, ref software, ExtendedImage.VectorsAt + 16 * i, 16) is { } low) return $"XMM{i} {low}";
            if (Differ(ref native, ref software, ExtendedImage.UpperAt + 16 * i, 16) is { } high) return $"upper half of YMM{i} {high}";
        }

        if (ProcessorDependent.MayHaveEnteredMmx(form.Instruction, faulted)) return null;
        ushort status = (ushort)~UndefinedStatus.After(form.Instruction, ref native);
        if (ProcessorDependent.IsUnspecified(form.Instruction, ref native, ref before)) return null;
        if (Words(ref native, ExtendedImage.ControlWordAt) != Words(ref software, ExtendedImage.ControlWordAt))
            return $"control word {Words(ref native, 0):x}, here {Words(ref software, 0):x}";
        if (((Words(ref native, ExtendedImage.StatusWordAt) ^ Words(ref software, ExtendedImage.StatusWordAt)) & status) != 0)
            return $"status word {Words(ref native, 2) & status:x}, here {Words(ref software, 2) & status:x}";
        if (native.At<byte>(ExtendedImage.TagsAt) != software.At<byte>(ExtendedImage.TagsAt))
            return $"tags {native.At<byte>(ExtendedImage.TagsAt):x}, here {software.At<byte>(ExtendedImage.TagsAt):x}";
        for (int i = 0; i < 8; i++)
            if (Differ(ref native, ref software, ExtendedImage.StackAt + 16 * i, 10) is { } stack && !ProcessorDependent.IsAccurate(form.Instruction, ref native, ref software, i)) return $"ST({i}) {stack}";
        return null;
    }

    /// <summary>The registers a case began with.</summary>
    public static string Describe(Form form, ref ExtendedImage image)
    {
        ReadOnlySpan<byte> bytes = image;
        var words = new List<string> { $"MXCSR {image.At<uint>(ExtendedImage.MxcsrAt):x}", $"FCW {Words(ref image, 0):x} FSW {Words(ref image, 2):x} tags {bytes[4]:x}" };
        for (int operand = 0; operand < form.Instruction.OpCount; operand++)
        {
            Register register = form.Instruction.GetOpRegister(operand);
            if (register.IsVectorRegister())
                words.Add($"{register} {Convert.ToHexString(bytes.Slice(ExtendedImage.VectorsAt + 16 * register.GetNumber(), 16))} {Convert.ToHexString(bytes.Slice(ExtendedImage.UpperAt + 16 * register.GetNumber(), 16))}");
            else if (register.IsST() || register.IsMM()) words.Add($"{register} {Convert.ToHexString(bytes.Slice(ExtendedImage.StackAt + 16 * register.GetNumber(), 10))}");
        }

        words.Add($"ST(0) {Convert.ToHexString(bytes.Slice(ExtendedImage.StackAt, 10))} ST(1) {Convert.ToHexString(bytes.Slice(ExtendedImage.StackAt + 16, 10))}");
        return string.Join(", ", words);
    }

    private static ushort Words(ref ExtendedImage image, int offset) => image.At<ushort>(offset);

    private static string? Differ(ref ExtendedImage native, ref ExtendedImage software, int offset, int length)
    {
        ReadOnlySpan<byte> there = ((ReadOnlySpan<byte>)native).Slice(offset, length), here = ((ReadOnlySpan<byte>)software).Slice(offset, length);
        return there.SequenceEqual(here) ? null : $"{Convert.ToHexString(there)}, here {Convert.ToHexString(here)}";
    }
}
