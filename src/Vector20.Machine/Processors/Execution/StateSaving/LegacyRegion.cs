using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Vector20.Machine.Processors.Execution.X87;

namespace Vector20.Machine.Processors.Execution.StateSaving;

/// <summary>The 512 bytes that FXSAVE writes and an XSAVE area begins with.</summary>
[Manual("1", "10.5.1", "FXSAVE Area")]
[Manual("1", "13.4.1", "Legacy Region of an XSAVE Area")]
internal static class LegacyRegion
{
    public const int Size = 512, MxcsrAt = 24, StackAt = 32, VectorsAt = 160;
    public const uint MxcsrMask = 0xFFFF;

    /// <summary>The x87 part: bytes 0-23 and 32-159. With REX.W the pointers are 64 bits wide, without it segment and offset.</summary>
    public static void PutX87(in ExtendedRegisterFile file, Span<byte> region, bool wide)
    {
        Put16(region, 0, file.ControlWord);
        Put16(region, 2, file.StatusWord);
        Put16(region, 4, file.Valid);
        Put16(region, 6, file.Opcode);
        Put64(region, 8, wide ? file.InstructionPointer : (uint)file.InstructionPointer | (ulong)file.InstructionSegment << 32);
        Put64(region, 16, wide ? file.DataPointer : (uint)file.DataPointer | (ulong)file.DataSegment << 32);
        for (int i = 0; i < 8; i++)
        {
            Extended80 register = file.Physical[file.Top + i & 7];
            Put64(region, StackAt + 16 * i, register.Significand);
            Put64(region, StackAt + 16 * i + 8, register.SignExponent);
        }
    }

    /// <summary>Loads the x87 part. Whether an exception pends follows from flags and masks.</summary>
    public static void TakeX87(ref ExtendedRegisterFile file, ReadOnlySpan<byte> region, bool wide)
    {
        file.ControlWord = ControlWord.Stored(Get16(region, 0));
        file.StatusWord = Get16(region, 2);
        file.Valid = (byte)Get16(region, 4);
        file.Opcode = (ushort)(Get16(region, 6) & 0x7FF);
        (file.InstructionPointer, file.InstructionSegment) = Pointer(Get64(region, 8), wide);
        (file.DataPointer, file.DataSegment) = Pointer(Get64(region, 16), wide);
        for (int i = 0; i < 8; i++)
            file.Physical[file.Top + i & 7] = new Extended80(Get64(region, StackAt + 16 * i), Get16(region, StackAt + 16 * i + 8));
        StatusWord.Summarize(ref file);
    }

    public static void PutVectors(in ExtendedRegisterFile file, Span<byte> region, int count)
    {
        for (int i = 0; i < count; i++) file.Vectors[i].GetLower().CopyTo(region[(VectorsAt + 16 * i)..]);
    }

    public static void TakeVectors(ref ExtendedRegisterFile file, ReadOnlySpan<byte> region, int count)
    {
        for (int i = 0; i < count; i++) file.Vectors[i] = file.Vectors[i].WithLower(Vector128.Create(region.Slice(VectorsAt + 16 * i, 16)));
    }

    public static void PutMxcsr(in ExtendedRegisterFile file, Span<byte> region) => Put64(region, MxcsrAt, file.Mxcsr | (ulong)MxcsrMask << 32);

    private static (ulong Offset, ushort Segment) Pointer(ulong value, bool wide) => wide ? (value, (ushort)0) : ((uint)value, (ushort)(value >> 32));

    private static ushort Get16(ReadOnlySpan<byte> region, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(region[offset..]);

    private static ulong Get64(ReadOnlySpan<byte> region, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(region[offset..]);

    private static void Put16(Span<byte> region, int offset, ushort value) => MemoryMarshal.Write(region[offset..], value);

    private static void Put64(Span<byte> region, int offset, ulong value) => MemoryMarshal.Write(region[offset..], value);
}
