using System.Runtime.InteropServices;
using Iced.Intel;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Tests.Native;

/// <summary>Draws the extended registers and the memory a case begins with: numbers from the edges, all rounding modes, exceptions mostly masked.</summary>
internal sealed class ExtendedCases(Random random)
{
    private const uint AllMasked = 0x1F80;
    private readonly SpecialValues _values = new(random);

    public void Fill(ref ExtendedImage image, ref MachineState state, Form form)
    {
        Span<byte> bytes = image;
        bytes.Clear();
        if (random.Next(4) != 0) _values.Fill(state.Window);
        for (int i = 0; i < 16; i++)
        {
            _values.Fill(bytes.Slice(ExtendedImage.VectorsAt + 16 * i, 16));
            if (random.Next(8) == 0) bytes.Slice(ExtendedImage.VectorsAt + 16 * i, 16).Clear();
            _values.Fill(bytes.Slice(ExtendedImage.UpperAt + 16 * i, 16));
        }

        bool unmasks = random.Next(4) == 0;
        image.At<uint>(ExtendedImage.MxcsrAt) = (unmasks ? (uint)random.Next(64) << 7 : AllMasked) | (uint)random.Next(4) << 13
            | (random.Next(3) == 0 ? (uint)random.Next(64) : 0) | (random.Next(4) == 0 ? 1u << 15 : 0) | (random.Next(4) == 0 ? 1u << 6 : 0);
        FillX87(ref image, form.Instruction);
        if (form.Instruction.IsVsib) PlaceIndexes(ref image, form.Instruction);
        if (form.Instruction.Mnemonic is Mnemonic.Ldmxcsr or Mnemonic.Vldmxcsr && random.Next(4) != 0) MemoryMarshal.Cast<byte, uint>((Span<byte>)state.Window).Fill((uint)random.Next(0x10000));
        if (form.Instruction.Mnemonic is Mnemonic.Ldmxcsr or Mnemonic.Vldmxcsr) KnowOnlyIntelsBits(ref state);
    }

    /// <summary>AMD's processors define MXCSR bit 17 too: no byte has bit 1, so that it is 0 wherever the operand begins.</summary>
    private static void KnowOnlyIntelsBits(ref MachineState state)
    {
        foreach (ref byte value in (Span<byte>)state.Window) value &= 0xFD;
    }

    private void FillX87(ref ExtendedImage image, in Instruction i)
    {
        int precision = random.Next(3) switch { 0 => 0, 1 => 2, _ => 3 };
        int masks = random.Next(4) == 0 ? random.Next(64) : 0x3F, flags = random.Next(3) == 0 ? random.Next(64) : 0;
        image.At<ushort>(ExtendedImage.ControlWordAt) = (ushort)(masks | 0x40 | precision << 8 | random.Next(4) << 10);
        if (random.Next(8) != 0) flags &= masks;
        image.At<ushort>(ExtendedImage.StatusWordAt) = (ushort)(flags | random.Next(8) << 11 | random.Next(2) * 0x4000 | random.Next(8) << 8);
        image.At<byte>(ExtendedImage.TagsAt) = (byte)(random.Next(5) == 0 ? random.Next(256) : i.GetFpuStackIncrementInfo().Increment < 0 ? 1 << random.Next(8) ^ random.Next(2) * 0xFF : 0xFF);
        for (int r = 0; r < 8; r++)
        {
            (ulong significand, ushort signExponent) = _values.Extended();
            image.At<ulong>(ExtendedImage.StackAt + 16 * r) = significand;
            image.At<ushort>(ExtendedImage.StackAt + 16 * r + 8) = signExponent;
        }
    }

    /// <summary>Small indexes, so that most elements lie in the data page.</summary>
    private void PlaceIndexes(ref ExtendedImage image, in Instruction i)
    {
        int number = i.MemoryIndex.GetNumber();
        bool quad = i.Mnemonic is Mnemonic.Vgatherqpd or Mnemonic.Vgatherqps or Mnemonic.Vpgatherqd or Mnemonic.Vpgatherqq;
        foreach (int place in (ReadOnlySpan<int>)[ExtendedImage.VectorsAt, ExtendedImage.UpperAt])
            for (int j = 0; j < 16; j += quad ? 8 : 4)
            {
                int index = random.Next(60) == 0 ? 1 << 27 : random.Next(-10, 10);
                if (quad) image.At<long>(place + 16 * number + j) = index;
                else image.At<int>(place + 16 * number + j) = index;
            }
    }
}
