using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Bench;

/// <summary>
/// A boot sector (and the sectors after it) that any PC emulator can start: it enters 64-bit mode with the first gigabyte and the
/// local APIC's page mapped one to one, runs a workload, and switches the machine off.
/// </summary>
internal static class BootImage
{
    public const ulong LoadAddress = 0x7C00, Pml4 = 0x1000, Pdpt = 0x2000, LowDirectory = 0x3000, HighDirectory = 0x4000, Idt = 0x5000, StackTop = 0x70000;

    /// <summary>Where workloads keep their data: 1 MiB and up, identity-mapped, writable.</summary>
    public const ulong Data = 0x10_0000;

    /// <summary>Where the guest that gets #VE has its information area, and an address in the first gigabyte that nothing backs.</summary>
    public const ulong VirtualizationInformation = 0x6000, NoMemory = 0x3000_0000;

    private const ushort ExitPort = 0xF4;
    private const ushort ShutdownPort = 0x8900;
    private const int SectorSize = 512, Sectors = 8;
    private const int TableRegister = 0x1C0, DescriptorTable = 0x1C8;
    private const uint LoadedMark = 0x3230_4556;

    /// <summary>Assembles the image that runs a workload a number of times.</summary>
    /// <param name="workload">Emits the loop; RCX holds the count on entry.</param>
    /// <param name="count">How often.</param>
    public static byte[] Make(Action<Assembler> workload, ulong count)
    {
        byte[] main = Assemble(64, Body(workload, count), LoadAddress + SectorSize + 4);
        byte[] image = new byte[SectorSize * (Sectors + 1)];
        byte[] start = Assemble(16, Start, LoadAddress);
        if (start.Length > TableRegister || main.Length > SectorSize * Sectors - 4) throw new InvalidOperationException("The workload does not fit the boot image.");
        start.CopyTo(image, 0);
        BitConverter.TryWriteBytes(image.AsSpan(TableRegister), (ushort)23);
        BitConverter.TryWriteBytes(image.AsSpan(TableRegister + 2), (uint)(LoadAddress + DescriptorTable));
        BitConverter.TryWriteBytes(image.AsSpan(DescriptorTable + 8), 0x00AF_9B00_0000_FFFF);
        BitConverter.TryWriteBytes(image.AsSpan(DescriptorTable + 16), 0x00CF_9300_0000_FFFF);
        image[SectorSize - 2] = 0x55;
        image[SectorSize - 1] = 0xAA;
        BitConverter.TryWriteBytes(image.AsSpan(SectorSize), LoadedMark);
        main.CopyTo(image, SectorSize + 4);
        return image;
    }

    /// <summary>Real mode to 64-bit mode. A loader that brought the whole file has set the mark; a BIOS brought one sector.</summary>
    private static void Start(Assembler a)
    {
        Label loaded = a.CreateLabel(), fill = a.CreateLabel();
        a.cli();
        a.xor(ax, ax);
        a.mov(ds, ax);
        a.mov(es, ax);
        a.mov(ss, ax);
        a.mov(sp, 0x7C00);
        a.cld();
        a.cmp(__dword_ptr[(ushort)(LoadAddress + SectorSize)], LoadedMark);
        a.je(loaded);
        a.mov(ax, 0x0200 | Sectors);
        a.mov(bx, (ushort)(LoadAddress + SectorSize));
        a.mov(cx, 2);
        a.mov(dh, 0);
        a.@int(0x13);
        a.Label(ref loaded);
        a.@in(al, 0x92);
        a.or(al, 2);
        a.@out(0x92, al);
        a.mov(di, (ushort)Pml4);
        a.xor(eax, eax);
        a.mov(cx, 0x5000 / 4);
        a.rep.stosd();
        a.mov(__dword_ptr[(ushort)Pml4], (uint)Pdpt | 3);
        a.mov(__dword_ptr[(ushort)Pdpt], (uint)LowDirectory | 3);
        a.mov(__dword_ptr[(ushort)(Pdpt + 3 * 8)], (uint)HighDirectory | 3);
        a.mov(__dword_ptr[(ushort)(HighDirectory + (0xFEE00000 >> 21 & 511) * 8)], 0xFEE00000 | 0x9B);
        a.mov(di, (ushort)LowDirectory);
        a.mov(eax, 0x83);
        a.mov(cx, 512);
        a.Label(ref fill);
        a.mov(__dword_ptr[di], eax);
        a.add(di, 8);
        a.add(eax, 0x200000);
        a.dec(cx);
        a.jne(fill);
        a.lgdt(__word_ptr[(ushort)(LoadAddress + TableRegister)]);
        a.mov(eax, 0x20);
        a.mov(cr4, eax);
        a.mov(eax, (uint)Pml4);
        a.mov(cr3, eax);
        a.mov(ecx, 0xC000_0080);
        a.xor(edx, edx);
        a.mov(eax, 0x100);
        a.wrmsr();
        a.mov(eax, 0x8000_0011);
        a.mov(cr0, eax);
        ushort entry = (ushort)(LoadAddress + SectorSize + 4);
        a.db(0xEA, (byte)entry, (byte)(entry >> 8), 0x08, 0x00);
    }

    private static Action<Assembler> Body(Action<Assembler> workload, ulong count) => a =>
    {
        Label halt = a.CreateLabel();
        a.mov(eax, 0x10);
        a.mov(ds, ax);
        a.mov(es, ax);
        a.mov(ss, ax);
        a.mov(rsp, StackTop);
        a.mov(rcx, count);
        workload(a);
        a.mov(dx, ExitPort);
        a.mov(al, 0);
        a.@out(dx, al);
        a.mov(dx, ShutdownPort);
        foreach (byte letter in "Shutdown"u8)
        {
            a.mov(al, letter);
            a.@out(dx, al);
        }

        a.Label(ref halt);
        a.hlt();
        a.jmp(halt);
    };

    private static byte[] Assemble(int bits, Action<Assembler> emit, ulong origin)
    {
        var assembler = new Assembler(bits);
        emit(assembler);
        using var stream = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(stream), origin);
        return stream.ToArray();
    }
}
