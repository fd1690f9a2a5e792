using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Vector20.Machine.Processors;

/// <summary>
/// The x87 registers, whose significands are the MMX registers, the YMM registers, whose lower halves are the XMM registers,
/// and what controls them.
/// </summary>
[Manual("1", "8.1", "x87 FPU Execution Environment")]
[Manual("1", "10.2", "SSE Programming Environment")]
[StructLayout(LayoutKind.Sequential)]
internal struct ExtendedRegisterFile
{
    public const ushort InitialControlWord = 0x37F, PowerUpControlWord = 0x40;
    public const uint InitialMxcsr = 0x1F80;

    public VectorRegisters Vectors;
    public PhysicalRegisters Physical;
    public ulong InstructionPointer, DataPointer;
    public uint Mxcsr;
    public ushort ControlWord, StatusWord, Opcode, InstructionSegment, DataSegment;

    /// <summary>Bit i: physical register i is not empty.</summary>
    public ushort Valid;

    /// <summary>TOP: the physical register that is ST(0).</summary>
    public int Top
    {
        readonly get => StatusWord >> 11 & 7;
        set => StatusWord = (ushort)(StatusWord & ~0x3800 | (value & 7) << 11);
    }

    /// <summary>The state after power-up: the x87 registers hold +0.0 and are tagged so.</summary>
    [Manual("3A", "10.1.1", "Processor State After Reset")]
    public static ExtendedRegisterFile PowerUp => new() { Mxcsr = InitialMxcsr, ControlWord = PowerUpControlWord, Valid = 0xFF };

    [InlineArray(16)]
    public struct VectorRegisters
    {
        private Vector256<byte> _first;
    }

    [InlineArray(8)]
    public struct PhysicalRegisters
    {
        private Extended80 _first;
    }
}

/// <summary>A number in double extended-precision format: 64 bits of significand, 15 of exponent, the sign.</summary>
/// <param name="Significand">The significand, with its integer bit.</param>
/// <param name="SignExponent">Sign and biased exponent, in the low 16 bits.</param>
[Manual("1", "4.2.2", "Floating-Point Data Types")]
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Extended80(ulong Significand, ulong SignExponent);
