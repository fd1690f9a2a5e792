using Iced.Intel;
using Vector20.Machine.Apic;
using Vector20.Machine.Events;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Proving.Questions;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Proving.Worlds;

/// <summary>Writes the code of a world's guest.</summary>
internal sealed class WorldGuestCode
{
    private const byte PrepareVector = 0x82;
    private const uint AbsentDescriptorHigh = 0x00CF_1200, ShortTaskLow = 0x0000_0010;
    private readonly WorldOptions _options;
    private Label _done;

    public WorldGuestCode(WorldOptions options)
    {
        _options = options;
        GuestMode mode = options.Mode switch
        {
            CpuMode.Real => GuestMode.Real,
            CpuMode.Protected => GuestMode.Protected,
            CpuMode.Compat => GuestMode.Compatibility,
            _ => GuestMode.Long,
        };
        Builder = new GuestBuilder(mode, options.Cpl);
        if (mode == GuestMode.Protected) Builder.Paging(GuestPaging.Bits32);
        if (options.Mode != CpuMode.Real) Shape();
        var handlers = new WorldHandlers(options);
        for (int vector = 0; vector < 256; vector++) Builder.OwnHandler(vector, handlers.Writer((byte)vector));
        Builder.Code(Write);
    }

    /// <summary>Builds the guest.</summary>
    public GuestBuilder Builder { get; }

    /// <summary>Where each piece begins, and its acting instruction; empty where the guest lacks it.</summary>
    public Label[] Entries { get; } = new Label[GuestCodeTable.All.Count];

    /// <summary>The acting instruction of each.</summary>
    public Label[] Acts { get; } = new Label[GuestCodeTable.All.Count];

    /// <summary>Where code of CPL 0 waits when it is done.</summary>
    public Label Done => _done;

    /// <summary>Where handlers wait.</summary>
    public ulong Idle => WorldHandlers.IdleAddress(_options.Mode);

    /// <summary>What code and handlers find in memory beside the test pages.</summary>
    public void WriteTables(PhysicalMemory memory)
    {
        memory.Write(new PhysicalAddress(_options.Mode == CpuMode.Real ? GuestLayout.Stacks + 0x3000 : GuestLayout.Data), 4ul << 32);
        WorldHandlers.WriteIdle(memory, _options.Mode);
        WriteTable(memory, ExceptionPieces.ShortTable, 8 * (_options.Mode == CpuMode.Protected ? 8u : 16) + 15, GuestLayout.Idt);
        WriteTable(memory, ExceptionPieces.NoTable, 0, GuestLayout.Idt);
        WriteStartPages(memory);
        if (_options.Mode is CpuMode.Long or CpuMode.Compat)
            for (int i = 0; i < _options.Vcpus; i++) memory.Write(new PhysicalAddress(GuestLayout.Tss + GuestLayout.TssStride * (uint)i + 36 + 8 * 6), (ulong)TestPages.LinearOf(_options.Mode, 0) + 0x1000);
    }

    private static void WriteTable(PhysicalMemory memory, uint at, uint limit, uint address)
    {
        memory.Write(new PhysicalAddress(at), (ushort)limit);
        memory.Write(new PhysicalAddress(at + 2), (ulong)address);
    }

    /// <summary>A processor that a start-up IPI starts halts at once, wherever a page has room for that.</summary>
    private static void WriteStartPages(PhysicalMemory memory)
    {
        Span<byte> bytes = stackalloc byte[4];
        for (uint page = 0x1000; page < 0x10_0000; page += 0x1000)
        {
            memory.Read(new PhysicalAddress(page), bytes);
            if (!bytes.ContainsAnyExcept((byte)0)) memory.Write(new PhysicalAddress(page), [0xF4, 0xEB, 0xFD]);
        }
    }

    private void Shape()
    {
        TestPages.Map(Builder);
        Builder.Page(ExceptionPieces.AbsentPage, 0);
        Builder.Descriptor(ExceptionPieces.AbsentSegment, (ulong)(AbsentDescriptorHigh | (uint)_options.Cpl << 13) << 32 | 0xFFFF);
        if (_options.Mode == CpuMode.Protected)
            Builder.Descriptor(ExceptionPieces.ShortTask, (ulong)(0x8900u | 3u << 13) << 32 | (ulong)GuestLayout.Tss << 16 | ShortTaskLow);
        for (int vector = 0; vector < 256; vector++) Builder.Gate(vector, GateOf((byte)vector));
    }

    private GuestGate GateOf(byte vector)
    {
        var usual = new GuestGate();
        if (vector is WorldGuest.ReturnVector or PrepareVector or TouchPieces.LoadIdtVector or TouchPieces.LoadGdtVector) return usual;
        if (vector == TouchPieces.StackVector && _options.Mode is CpuMode.Long or CpuMode.Compat) return usual with { Ist = 7 };
        return _options.Gates switch
        {
            GateKind.Trap => usual with { Type = 15 },
            GateKind.Closed => usual with { Dpl = 0 },
            GateKind.InterruptStack => usual with { Ist = 1 },
            GateKind.Absent when vector is not ((byte)ExceptionVector.SegmentNotPresent or (byte)ExceptionVector.DoubleFault) => usual with { Present = false },
            GateKind.Task when vector is not ((byte)ExceptionVector.GeneralProtection or (byte)ExceptionVector.InvalidTss or (byte)ExceptionVector.DoubleFault)
                => usual with { Type = 5, Selector = GuestLayout.KernelData, Offset = 0 },
            _ => usual,
        };
    }

    /// <summary>The guest begins with its own preparation, behind a gate so that it is made at CPL 0. Then all pieces, each of which ends by waiting.</summary>
    private void Write(Assembler a)
    {
        a.@int(PrepareVector);
        _done = a.CreateLabel();
        a.Label(ref _done);
        if (_options.Cpl == 0)
        {
            a.hlt();
            a.jmp(_done);
        }
        else
        {
            a.@int(WorldGuest.ReturnVector);
        }

        for (int i = 0; i < Entries.Length; i++)
        {
            CodePiece piece = GuestCodeTable.All[i];
            if (!piece.IsIn(_options.Mode, _options.Cpl)) continue;
            Entries[i] = a.CreateLabel();
            Acts[i] = a.CreateLabel();
            int number = i;
            a.Label(ref Entries[i]);
            a.nop();
            piece.Write(a, new CodeContext(_options.Mode, _options.Cpl, () => a.Label(ref Acts[number])));
            a.jmp(_done);
        }
    }
}
