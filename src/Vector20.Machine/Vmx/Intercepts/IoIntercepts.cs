using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Vmx;

/// <summary>I/O instructions. They come after the check of IOPL and of the I/O permission bitmap in the TSS.</summary>
internal static partial class Intercepts
{
    /// <summary>IN and OUT.</summary>
    /// <param name="p">The processor.</param>
    /// <param name="op">The instruction.</param>
    /// <param name="port">The port.</param>
    /// <param name="size">1, 2 or 4 bytes.</param>
    /// <param name="input">Whether it is IN.</param>
    /// <param name="immediate">Whether the port is an immediate operand; else it is DX.</param>
    public static bool Io(Processor p, in Operation op, ushort port, int size, bool input, bool immediate) =>
        IoExits(p, port, size) && Exit(p, op, ExitReason.IoInstruction, IoQualification(port, size, input) | (immediate ? 1ul << 6 : 0));

    /// <summary>INS and OUTS, with or without REP: before each iteration.</summary>
    /// <param name="p">The processor.</param>
    /// <param name="op">The instruction.</param>
    /// <param name="port">DX.</param>
    /// <param name="size">1, 2 or 4 bytes.</param>
    /// <param name="input">Whether it is INS.</param>
    /// <param name="repeat">Whether it has a REP prefix.</param>
    /// <param name="linear">Linear address of the memory operand: ES:(E/R)DI, or segment:(E/R)SI.</param>
    public static bool StringIo(Processor p, in Operation op, ushort port, int size, bool input, bool repeat, ulong linear) =>
        IoExits(p, port, size) && Exit(p, op, ExitReason.IoInstruction, IoQualification(port, size, input) | 1ul << 4 | (repeat ? 1ul << 5 : 0),
            InstructionInformation.OfStringIo(op, !input), linear);

    [Manual("3C", "25.6.4", "I/O-Bitmap Addresses")]
    private static bool IoExits(Processor p, ushort port, int size)
    {
        if (!Has(p, ProcessorBasedControls.UseIoBitmaps)) return Has(p, ProcessorBasedControls.UnconditionalIoExiting);
        if (port + size > 0x1_0000) return true;
        for (int i = 0; i < size; i++)
        {
            int at = port + i;
            ulong bitmap = p.Vmx.Vmcs[at < 0x8000 ? VmcsField.IoBitmapA : VmcsField.IoBitmapB];
            if (BitAt(p, bitmap, at & 0x7FFF)) return true;
        }

        return false;
    }

    private static ulong IoQualification(ushort port, int size, bool input) => (uint)size - 1 | (input ? 1u << 3 : 0) | (uint)port << 16;

    /// <summary>A bit of a bitmap in (host-)physical memory.</summary>
    private static bool BitAt(Processor p, ulong bitmap, int bit) =>
        (p.Computer.Memory.Read<byte>(new PhysicalAddress(bitmap + (uint)bit / 8)) & 1 << (bit & 7)) != 0;
}
