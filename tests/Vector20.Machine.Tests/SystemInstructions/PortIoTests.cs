using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Platform;
using Vector20.Machine.Processors;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>IN, OUT, INS, OUTS and who may use which port.</summary>
[Manual("1", "19.5", "Protected-Mode I/O")]
public class PortIoTests
{
    private const ushort Port = 0x123;
    private const uint MapOffset = 0x68;

    private sealed class Recorder : IPortDevice
    {
        public List<(ushort Port, int Size, uint Value)> Writes { get; } = [];

        public uint ReadPort(ushort port, int size) => 0x8765_4321u >> (32 - 8 * size) ^ (uint)Writes.Count;

        public void WritePort(ushort port, int size, uint value) => Writes.Add((port, size, value));
    }

    [Fact]
    [Manual("2A", "3.3", "IN—Input From Port")]
    [Manual("2B", "4.3", "OUT—Output to Port")]
    public void IN_and_OUT_move_1_2_or_4_bytes()
    {
        using Guest guest = new GuestBuilder().Code(a =>
        {
            a.mov(rax, 0x1122_3344_5566_7788);
            a.mov(edx, Port);
            a.@out(dx, al);
            a.@out(dx, ax);
            a.@out(dx, eax);
            a.@out(0x80, al);
            a.@in(eax, dx);
        }).Load();
        var device = new Recorder();
        guest.Computer.Devices.AddPorts(Port, 1, device);
        guest.Computer.Devices.AddPorts(0x80, 1, device);
        Assert.Null(Faults.Of(guest));
        Assert.Equal([(Port, 1, 0x88), (Port, 2, 0x7788), (Port, 4, 0x5566_7788), ((ushort)0x80, 1, 0x88)], device.Writes);
        Assert.Equal(0x8765_4325ul, guest.Processor[0]);
    }

    /// <summary>Mode, CPL, IOPL, TSS limit, the two bytes of the bitmap at the port, whether the access faults.</summary>
    public static TheoryData<GuestMode, int, int, ushort, ushort, bool> Permissions => new()
    {
        { GuestMode.Long, 0, 0, 0x67, 0xFFFF, false },
        { GuestMode.Protected, 3, 3, 0x67, 0xFFFF, false },
        { GuestMode.Protected, 3, 0, 0x67, 0, true },
        { GuestMode.Protected, 3, 0, 0xFF, 0, false },
        { GuestMode.Protected, 3, 0, 0xFF, 1 << 3, true },
        { GuestMode.Protected, 3, 0, 0xFF, 1 << 4, true },
        { GuestMode.Protected, 3, 0, 0xFF, 1 << 2 | 1 << 5, false },
        { GuestMode.Long, 3, 0, 0xFF, 0, false },
        { GuestMode.Long, 3, 0, 0xFF, 1 << 3, true },
        { GuestMode.Protected, 3, 0, (ushort)(MapOffset + (Port >> 3) + 1), 0, false },
        { GuestMode.Protected, 3, 0, (ushort)(MapOffset + (Port >> 3)), 0, true },
        { GuestMode.Virtual8086, 3, 3, 0xFF, 1 << 3, true },
        { GuestMode.Virtual8086, 3, 0, 0xFF, 0, false },
    };

    [Theory, MemberData(nameof(Permissions))]
    [Manual("1", "19.5.2", "I/O Permission Bit Map")]
    public void A_port_is_open_by_IOPL_or_by_the_permission_bitmap(GuestMode mode, int cpl, int iopl, ushort limit, ushort bits, bool faults)
    {
        foreach (Action<Assembler> access in (Action<Assembler>[])[a => a.@in(ax, dx), a => a.@out(dx, ax), a => a.outsw(), a => a.insw()])
        {
            using Guest guest = new GuestBuilder(mode, cpl).Flags((uint)iopl << 12).Code(a =>
            {
                if (mode != GuestMode.Virtual8086) a.mov(edi, GuestLayout.Data);
                if (mode != GuestMode.Virtual8086) a.mov(esi, GuestLayout.Data);
                a.mov(dx, Port);
                access(a);
            }).Load();
            guest.Processor.Tr = guest.Processor.Tr with { Limit = limit };
            guest.Computer.Memory.Write(new PhysicalAddress(GuestLayout.Tss + MapOffset + (Port >> 3)), bits);
            Assert.Equal(faults ? Faults.ProtectionZero : null, Faults.Of(guest, steps: 4));
        }
    }

    [Fact]
    [Manual("2A", "3.3", "INS/INSB/INSW/INSD—Input from Port to String")]
    [Manual("2B", "4.3", "OUTS/OUTSB/OUTSW/OUTSD—Output String to Port")]
    public void Repeated_string_IO_moves_through_memory()
    {
        using Guest guest = new GuestBuilder().Bytes(GuestLayout.Data, 1, 2, 3, 4, 5, 6).Code(a =>
        {
            a.mov(esi, GuestLayout.Data);
            a.mov(edi, GuestLayout.Data + 0x100);
            a.mov(edx, Port);
            a.mov(ecx, 3);
            a.rep.outsw();
            a.mov(ecx, 2);
            a.rep.insd();
        }).Load();
        var device = new Recorder();
        guest.Computer.Devices.AddPorts(Port, 1, device);
        Assert.Null(Faults.Of(guest));
        Assert.Equal([(Port, 2, 0x0201), (Port, 2, 0x0403), (Port, 2, 0x0605)], device.Writes);
        Assert.Equal((GuestLayout.Data + 6ul, GuestLayout.Data + 0x108ul, 0ul), (guest.Processor[6], guest.Processor[7], guest.Processor[1]));
        Assert.Equal(0x8765_4322_8765_4322ul, guest.Computer.Memory.Read<ulong>(new PhysicalAddress(GuestLayout.Data + 0x100)));
    }

    [Theory]
    [InlineData(Cr4.DE, Port, true)]
    [InlineData(Cr4.DE, Port + 1, true)]
    [InlineData(Cr4.DE, Port + 2, false)]
    [InlineData(0, Port, false)]
    [Manual("3B", "18.3.1.3", "Data Memory and I/O Breakpoint Exception Conditions")]
    public void A_breakpoint_on_a_port_traps_behind_the_instruction(ulong cr4, int breakpoint, bool traps)
    {
        foreach (Action<Assembler> access in (Action<Assembler>[])[a => a.@in(ax, dx), a => a.@out(dx, ax), a => a.outsw(), a => a.insw()])
        {
            using Guest guest = new GuestBuilder().ControlBits4(cr4).Code(a =>
            {
                a.mov(esi, GuestLayout.Data);
                a.mov(edi, GuestLayout.Data);
                a.mov(edx, Port);
                access(a);
                a.nop();
            }).Load();
            guest.Processor.DebugAddresses[0] = (ulong)breakpoint;
            guest.Processor.DebugControl |= 1 | 2 << 16;
            Event? trap = Faults.Of(guest);
            Assert.Equal(traps ? (byte)ExceptionVector.Debug : null, trap?.Vector);
            if (traps) Assert.Equal(1ul, trap!.Value.Payload & Dr6.BreakpointMask);
        }
    }

    [Fact]
    public void A_port_without_a_device_reads_all_ones()
    {
        Processor p = Faults.After(a => { a.xor(eax, eax); a.mov(edx, 0x9999); a.@in(ax, dx); });
        Assert.Equal(0xFFFFul, p[0]);
    }
}
