using Vector20.Machine.Memory;

namespace Vector20.Machine.Images.Guests;

/// <summary>What a handler of a built guest found on its stack.</summary>
/// <param name="Vector">The vector of the gate it was entered through.</param>
/// <param name="ErrorCode">The error code, or null when none was pushed.</param>
/// <param name="ReturnRip">The return address.</param>
/// <param name="ReturnCs">The CS to return to.</param>
/// <param name="Rflags">The flags to return to.</param>
/// <param name="Rsp">The stack pointer to return to; without a change of stack in 32-bit and real mode, whatever lies above the frame.</param>
/// <param name="Ss">The SS to return to; the same remark holds.</param>
/// <param name="FrameAddress">Where the frame's lowest word (error code or return address) was, as an offset in the handler's SS.</param>
public readonly record struct HandledEvent(
    byte Vector, uint? ErrorCode, ulong ReturnRip, ushort ReturnCs, ulong Rflags, ulong Rsp, ushort Ss, ulong FrameAddress)
{
    /// <summary>Bytes of one record.</summary>
    internal const int Size = 64;

    internal static HandledEvent Read(PhysicalMemory memory, int index)
    {
        ulong Word(int offset) => memory.Read<ulong>(new PhysicalAddress((ulong)(GuestLayout.Log + index * Size + offset)));
        bool hasErrorCode = (Word(0) & 0x100) != 0;
        return new HandledEvent(
            (byte)Word(0), hasErrorCode ? (uint)Word(8) : null, Word(16), (ushort)Word(24), Word(32), Word(40), (ushort)Word(48), Word(56));
    }
}
