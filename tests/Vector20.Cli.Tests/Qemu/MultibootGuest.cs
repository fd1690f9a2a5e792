using System.Buffers.Binary;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Cli.Tests.Qemu;

/// <summary>A multiboot image that does what the start code of a unit-test image does, then what a test asks for; EBX keeps the multiboot information.</summary>
internal static class MultibootGuest
{
    private const uint UsualBase = 0x40_0000;
    private const int Header = 32;

    /// <summary>An image of some 32-bit code.</summary>
    public static byte[] Make(Action<Assembler> code, uint address = UsualBase)
    {
        var assembler = new Assembler(32);
        code(assembler);
        using var stream = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(stream), address + Header);
        const uint magic = 0x1BAD_B002, addressFields = 1 << 16;
        uint[] fields = [magic, addressFields, unchecked(0u - magic - addressFields), address, address, 0, address + 0x1_0000, address + Header];
        var image = new byte[Header + stream.Length];
        for (int i = 0; i < fields.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(4 * i), fields[i]);
        stream.ToArray().CopyTo(image, Header);
        return image;
    }

    /// <summary>Writes AL to a port.</summary>
    public static void Out(this Assembler a, ushort port)
    {
        a.mov(dx, port);
        a.@out(dx, al);
    }

    /// <summary>Writes a number to a port.</summary>
    public static void Out(this Assembler a, ushort port, byte value)
    {
        a.mov(al, value);
        a.Out(port);
    }

    /// <summary>Prints a character.</summary>
    public static void Print(this Assembler a, char character) => a.Out(0x3F8, (byte)character);

    /// <summary>Prints the zero-terminated text at ESI.</summary>
    public static void PrintText(this Assembler a)
    {
        Label again = a.CreateLabel(), end = a.CreateLabel();
        a.mov(dx, 0x3F8);
        a.Label(ref again);
        a.mov(al, __byte_ptr[esi]);
        a.test(al, al);
        a.jz(end);
        a.@out(dx, al);
        a.inc(esi);
        a.jmp(again);
        a.Label(ref end);
    }

    /// <summary>Prints so many low bits of EDI in hexadecimal.</summary>
    public static void PrintHex(this Assembler a, int bits)
    {
        for (int shift = bits - 4; shift >= 0; shift -= 4)
        {
            Label digit = a.CreateLabel();
            a.mov(eax, edi);
            if (shift > 0) a.shr(eax, (byte)shift);
            a.and(al, 15);
            a.add(al, (sbyte)'0');
            a.cmp(al, (sbyte)'9');
            a.jbe(digit);
            a.add(al, 'a' - '9' - 1);
            a.Label(ref digit);
            a.Out(0x3F8);
        }
    }

    /// <summary>Selects an item of fw_cfg and reads its first two bytes into AX.</summary>
    public static void ReadFirmware(this Assembler a, ushort key)
    {
        a.mov(dx, 0x510);
        a.mov(ax, (short)key);
        a.@out(dx, ax);
        a.inc(edx);
        a.@in(al, dx);
        a.mov(cl, al);
        a.@in(al, dx);
        a.mov(ah, al);
        a.mov(al, cl);
    }

    /// <summary>Starts the other processors by INIT and SIPI, and waits until as many run as fw_cfg says.</summary>
    public static void StartProcessors(this Assembler a)
    {
        const uint entry = 0x8000, counter = 0x8100, icr = 0xFEE0_0300;

        // lock inc word cs:[100H]; cli; hlt; jmp $ - 1, in 16-bit code at 800H:0
        byte[] code = [0xF0, 0x2E, 0xFF, 0x06, 0x00, 0x01, 0xFA, 0xF4, 0xEB, 0xFD];
        for (int i = 0; i < code.Length; i++) a.mov(__byte_ptr[entry + i], code[i]);
        a.mov(__word_ptr[counter], 1);
        a.mov(eax, unchecked((int)0xFEE0_00F0));
        a.mov(__dword_ptr[eax], 0x1FF);
        a.mov(eax, unchecked((int)icr));
        a.mov(__dword_ptr[eax], 0xC4500);
        a.mov(__dword_ptr[eax], 0xC4600 | (int)(entry >> 12));
        a.ReadFirmware(5);
        Label wait = a.CreateLabel();
        a.Label(ref wait);
        a.pause();
        a.cmp(ax, __word_ptr[counter]);
        a.jne(wait);
    }

    /// <summary>Ends with a status: isa-debug-exit makes (status &lt;&lt; 1) | 1 of it. Without the device the processor halts for good.</summary>
    public static void Exit(this Assembler a, int status)
    {
        a.mov(eax, status);
        a.mov(dx, 0xF4);
        a.@out(dx, eax);
        a.cli();
        a.hlt();
    }
}
