using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vector20.Machine.Memory;

namespace Vector20.Machine.Processors;

/// <summary>The stack, as implicit operands use it: through SS, with the stack pointer as wide as SS and the mode make it.</summary>
[Manual("1", "6.2", "Stacks")]
public sealed unsafe partial class Processor
{
    /// <summary>Pushes a value of the operand size on the current stack, and moves RSP when that succeeded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Push<T>(T value) where T : unmanaged
    {
        ulong top = Registers.At<ulong>(Register.Rsp) - (uint)sizeof(T) & StackMask;
        if (SegmentChecks && !CheckSegment(SegmentName.Ss, top, sizeof(T), AccessKind.Write)) return false;
        if (!WriteData(Linear(SegmentName.Ss, top), SegmentName.Ss, value)) return false;
        SetStackPointer(top);
        return true;
    }

    /// <summary>Reads the value on top of the current stack; the caller moves RSP by <see cref="SetStackPointer"/> when it completes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Peek<T>(out T value, ulong depth = 0) where T : unmanaged
    {
        ulong offset = Registers.At<ulong>(Register.Rsp) + depth & StackMask;
        if (!SegmentChecks || CheckSegment(SegmentName.Ss, offset, sizeof(T), AccessKind.Read))
            return ReadData(Linear(SegmentName.Ss, offset), SegmentName.Ss, out value);
        value = default;
        return false;
    }

    /// <summary>The quadwords on top of the stack in 64-bit mode, up to the page's end, if reading them needs no check; else empty.</summary>
    internal ReadOnlySpan<ulong> StackAhead => Is64Bit ? MemoryMarshal.Cast<byte, ulong>(ReadableAhead(Registers.At<ulong>(Register.Rsp))) : default;

    /// <summary>Sets RSP, ESP or SP, whichever the stack size makes the stack pointer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void SetStackPointer(ulong value)
    {
        if (StackMask == ushort.MaxValue) Registers.At<ushort>(Register.Rsp) = (ushort)value;
        else Registers.At<ulong>(Register.Rsp) = value & StackMask;
    }
}
