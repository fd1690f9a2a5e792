using System.Runtime.CompilerServices;

namespace Vector20.Machine.Processors;

/// <summary>
/// The general-purpose registers and the few values that an operand's address is made of, in 64-bit slots addressed by
/// byte offset. AL is at <c>8 * 0</c>, AH one byte above it: a register of any width is one load at one offset.
/// </summary>
[InlineArray(Slots + 1)]
internal struct RegisterFile
{
    /// <summary>Slots that an 8-bit offset can reach. One more follows, so that the widest access at the last byte is inside.</summary>
    public const int Slots = 32;

    private ulong _first;

    /// <summary>The register of type <typeparamref name="T"/> (at most 8 bytes wide) at a byte offset.</summary>
    /// <remarks>Unsafe, and in bounds for every <see cref="byte"/>: 255 + 8 is within the 33 slots of 8 bytes.</remarks>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T At<T>(byte offset) where T : unmanaged =>
        ref Unsafe.As<byte, T>(ref Unsafe.AddByteOffset(ref Unsafe.As<ulong, byte>(ref _first), offset));
}

/// <summary>Byte offsets of the 64-bit registers in the <see cref="RegisterFile"/>.</summary>
internal static class Register
{
    public const byte Rax = 0, Rcx = 8, Rdx = 16, Rbx = 24, Rsp = 32, Rbp = 40, Rsi = 48, Rdi = 56;
    public const byte R8 = 64, R9 = 72, R10 = 80, R11 = 88, R12 = 96, R13 = 104, R14 = 112, R15 = 120;

    /// <summary>Always 0: the base or index that an address lacks, and the base of a segment that 64-bit mode ignores.</summary>
    public const byte None = 128;

    /// <summary>RIP at the first byte of the block that runs: what RIP-relative operands are relative to.</summary>
    public const byte BlockRip = 136;

    /// <summary>The base of ES; those of CS, SS, DS, FS and GS follow in the order of <see cref="SegmentName"/>.</summary>
    public const byte SegmentBases = 144;

    /// <summary>Always 2^29, which an index scaled by 8 makes 2^32: see <see cref="Decoding.OperandEncoder"/>.</summary>
    public const byte TwoTo29 = SegmentBases + 6 * 8;

    /// <summary>The offset of general register number <paramref name="number"/> (0-15, as encoded in ModRM and REX).</summary>
    public static byte Number(int number) => (byte)((number & 15) * 8);
}
