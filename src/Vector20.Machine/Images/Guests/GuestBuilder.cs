using Iced.Intel;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Images.Guests;

/// <summary>
/// The one way to build a small guest: code at a mode and CPL, with descriptor tables, stacks, page tables and a handler behind
/// every vector that writes down what it was entered with. <see cref="GuestLayout"/> says where things lie.
/// </summary>
/// <example>
/// <code>
/// using Guest guest = new GuestBuilder(GuestMode.Long, cpl: 3).Code(a => a.@int(20)).Handler(20, HandlerEnd.Return).Load();
/// guest.Run();
/// Assert.Equal(20, guest.Log.Single().Vector);
/// </code>
/// </example>
public sealed class GuestBuilder
{
    private readonly HandlerEnd[] _ends = new HandlerEnd[256];
    private readonly GuestGate[] _gates = new GuestGate[256];
    private readonly Dictionary<byte, Action<Assembler>> _ownHandlers = [];
    private readonly Dictionary<ushort, ulong> _descriptors = [];
    private readonly Dictionary<ulong, ulong> _pages = [];
    private readonly List<(uint Address, byte[] Bytes)> _data = [];
    private Action<Assembler> _code = _ => { };

    /// <summary>Starts a guest. Handlers of vectors 0-31 halt, those of 32-255 return, unless told otherwise.</summary>
    /// <param name="mode">The mode its code starts in.</param>
    /// <param name="cpl">Its privilege level, 0 or 3; virtual-8086 mode is always 3.</param>
    public GuestBuilder(GuestMode mode = GuestMode.Long, int cpl = 0)
    {
        if (cpl is not (0 or 3) || mode == GuestMode.Real && cpl != 0) throw new ArgumentOutOfRangeException(nameof(cpl));
        Mode = mode;
        Cpl = mode == GuestMode.Virtual8086 ? 3 : cpl;
        PagingMode = LongMode ? GuestPaging.FourLevel : GuestPaging.Default;
        Array.Fill(_ends, HandlerEnd.Return);
        Array.Fill(_ends, HandlerEnd.Halt, 0, 32);
        Array.Fill(_gates, new GuestGate());
    }

    internal GuestMode Mode { get; }

    internal int Cpl { get; }

    internal GuestPaging PagingMode { get; private set; }

    internal ulong Rflags { get; private set; }

    internal ulong ControlRegister4 { get; private set; }

    internal uint TaskLimit { get; private set; } = 0x67;

    private bool LongMode => Mode is GuestMode.Compatibility or GuestMode.Long;

    private int Bitness => Mode switch { GuestMode.Long => 64, GuestMode.Compatibility or GuestMode.Protected => 32, _ => 16 };

    private int HandlerBitness => LongMode ? 64 : Mode == GuestMode.Real ? 16 : 32;

    /// <summary>The code, in the guest's own width, from <see cref="GuestLayout.Code"/> on. Behind it the guest waits for good: see <see cref="Guest.Finished"/>.</summary>
    public GuestBuilder Code(Action<Assembler> write) => With(() => _code = write);

    /// <summary>How the handler of one vector ends.</summary>
    public GuestBuilder Handler(int vector, HandlerEnd end) => With(() => _ends[vector] = end);

    /// <summary>How all handlers end.</summary>
    public GuestBuilder Handlers(HandlerEnd end) => With(() => Array.Fill(_ends, end));

    /// <summary>A handler of the author's own, in the width of handlers (64 bits in IA-32e mode, 32 in protected, 16 in real mode). It must return or halt itself.</summary>
    public GuestBuilder OwnHandler(int vector, Action<Assembler> write) => With(() => _ownHandlers[(byte)vector] = write);

    /// <summary>Alters the gate of one vector.</summary>
    public GuestBuilder Gate(int vector, GuestGate gate) => With(() => _gates[vector] = gate);

    /// <summary>Sets a descriptor of the global descriptor table.</summary>
    public GuestBuilder Descriptor(ushort selector, ulong descriptor) => With(() => _descriptors[selector] = descriptor);

    /// <summary>Sets the whole entry that maps one 4-KiB page below 2 MiB. Needs paging.</summary>
    public GuestBuilder Page(uint linear, ulong entry) => With(() => _pages[linear & ~0xFFFu] = entry);

    /// <summary>Puts bytes into memory.</summary>
    public GuestBuilder Bytes(uint address, params byte[] bytes) => With(() => _data.Add((address, bytes)));

    /// <summary>Turns paging on, or chooses its kind.</summary>
    public GuestBuilder Paging(GuestPaging paging) => With(() => PagingMode = paging);

    /// <summary>Sets bits of RFLAGS at the entry, for instance <see cref="Eflags.IF"/>.</summary>
    public GuestBuilder Flags(ulong rflags) => With(() => Rflags |= rflags);

    /// <summary>Sets bits of CR4 at the entry beside those that paging needs.</summary>
    public GuestBuilder ControlBits4(ulong bits) => With(() => ControlRegister4 |= bits);

    /// <summary>Sets the limit of the task register, for an I/O permission or redirection bit map in the 100H bytes that a task state segment has.</summary>
    public GuestBuilder TssLimit(uint limit) => With(() => TaskLimit = limit);

    /// <summary>Builds the guest into a computer of its own, and puts processor 0 at its entry.</summary>
    public Guest Load(ComputerOptions? options = null)
    {
        var pool = new FramePool();
        return Load(new Computer(options ?? new ComputerOptions { MemorySize = 4 << 20 }, pool), pool);
    }

    /// <summary>Builds the guest into a computer, and puts processor 0 at its entry.</summary>
    public Guest LoadInto(Computer computer) => Load(computer, null);

    private Guest Load(Computer computer, FramePool? ownPool)
    {
        PhysicalMemory memory = computer.Memory;
        WriteTables(memory, computer.Processors.Count);
        ulong cr3 = WritePageTables(memory);
        (AssemblerResult labels, Label end) = WriteCode(memory);
        foreach ((uint address, byte[] bytes) in _data) memory.Write(new PhysicalAddress(address), bytes);
        var guest = new Guest(computer, ownPool, p => GuestEntry.Set(p, this, cr3), (p, address) => GuestEntry.Resume(p, this, address), labels, end);
        guest.Enter(computer.Processors[0]);
        return guest;
    }

    private void WriteTables(PhysicalMemory memory, int processors)
    {
        ulong start = Mode == GuestMode.Real ? 0 : GuestLayout.Handlers;
        (byte[] bytes, ulong[] handlers) = GuestHandlers.Assemble(HandlerBitness, start, _ends, _ownHandlers);
        memory.Write(new PhysicalAddress(GuestLayout.Handlers), bytes);
        GuestTables.WriteGdt(memory, LongMode, _descriptors);
        for (int vector = 0; vector < 256; vector++)
        {
            if (Mode == GuestMode.Real) GuestTables.WriteVector(memory, vector, handlers[vector]);
            else GuestTables.WriteGate(memory, vector, _gates[vector], handlers[vector], LongMode);
        }

        for (int i = 0; i < Math.Min(processors, 8); i++)
        {
            if (LongMode) GuestTables.WriteTss64(memory, i);
            else GuestTables.WriteTss32(memory, i);
        }
    }

    private ulong WritePageTables(PhysicalMemory memory)
    {
        var tables = new GuestPageTables(memory, Cpl == 3, _pages);
        return PagingMode switch
        {
            GuestPaging.Bits32 => tables.Write32(),
            GuestPaging.Pae => tables.WritePae(),
            GuestPaging.FourLevel => tables.Write64(fiveLevel: false),
            GuestPaging.FiveLevel => tables.Write64(fiveLevel: true),
            _ => 0,
        };
    }

    /// <summary>Behind the author's code the guest waits: halted at CPL 0, spinning where HLT would fault.</summary>
    private (AssemblerResult Labels, Label End) WriteCode(PhysicalMemory memory)
    {
        var assembler = new Assembler(Bitness);
        _code(assembler);
        Label end = assembler.CreateLabel();
        assembler.Label(ref end);
        if (Cpl == 0) assembler.hlt();
        assembler.jmp(end);
        var stream = new MemoryStream();
        AssemblerResult labels = assembler.Assemble(new StreamCodeWriter(stream), GuestLayout.Code, BlockEncoderOptions.ReturnNewInstructionOffsets);
        memory.Write(new PhysicalAddress(GuestLayout.Code), stream.ToArray());
        return (labels, end);
    }

    private GuestBuilder With(Action change)
    {
        change();
        return this;
    }
}
