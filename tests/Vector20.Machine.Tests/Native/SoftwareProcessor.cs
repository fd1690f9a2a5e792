using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Translation;

namespace Vector20.Machine.Tests.Native;

/// <summary>Vector20's processor in 64-bit user mode, with the pages that the native process maps and no others.</summary>
internal sealed unsafe class SoftwareProcessor : IDisposable
{
    private const ulong Present = 1, Writable = 2, User = 4, ExecuteDisable = 1ul << 63, Tables = 0x1_0000;
    private readonly FramePool _pool = new();
    private readonly Computer _computer;
    private readonly byte[] _page = new byte[Layout.PageSize];

    public SoftwareProcessor()
    {
        _computer = new Computer(new ComputerOptions { MemorySize = 32 << 20, BlockLength = 1 }, _pool);
        P = _computer.Processors[0];
        MapPages();
        P.ControlRegister0 |= Cr0.PE | Cr0.PG | Cr0.WP | Cr0.NE;
        P.ControlRegister3 = Tables;
        P.ControlRegister4 |= Cr4.PAE | Cr4.OSFXSR | Cr4.OSXMMEXCPT | Cr4.OSXSAVE;
        P.SetXcr0(7);
        P.ExtendedFeatures |= Efer.LME | Efer.LMA | Efer.NXE;
        P.CurrentPrivilegeLevel = 3;
        foreach (SegmentName name in (ReadOnlySpan<SegmentName>)[SegmentName.Es, SegmentName.Ss, SegmentName.Ds, SegmentName.Fs, SegmentName.Gs])
            P.SetSegment(name, new SegmentRegister(0x2B, 0, uint.MaxValue, 0x40F3));
        P.FlushTlb();
    }

    public Processor P { get; }

    /// <summary>Replaces semantics, for the negative control: given an operation, the handler to execute instead of its own.</summary>
    public Func<Processor, Outcome>? Instead { get; set; }

    /// <summary>Whether 64-bit code is translated, and not executed by the first tier.</summary>
    public bool Translate { get; init; }

    /// <summary>Changes a planned translation, for the negative control.</summary>
    public Func<PlannedOperation, PlannedOperation> Plan { get; init; } = static plan => plan;

    /// <summary>Executes one instruction from each state and puts the states after it in their place.</summary>
    public void Execute(Form form, MachineState[] states, ExtendedImage[]? extended = null)
    {
        var page = new byte[Layout.PageSize];
        page.AsSpan().Fill(0xCC);
        form.Bytes.CopyTo(page, (int)(Layout.Entry - Layout.CodePage));
        _computer.Memory.Write(new PhysicalAddress(Layout.CodePage), page);
        P.SetSegment(SegmentName.Cs, new SegmentRegister(0x33, 0, uint.MaxValue, form.Bits == 64 ? 0xA0FBu : 0xC0FB));
        for (int i = 0; i < states.Length; i++)
        {
            extended?[i].PutInto(P);
            Execute(ref states[i]);
            if (extended is not null) extended[i] = ExtendedImage.Of(P);
        }
    }

    private void Execute(ref MachineState state)
    {
        for (int i = 0; i < 16; i++) P[i] = state.Registers[i];
        P.SetRflags(state.Rflags);
        P.Rip = Layout.Entry;
        Array.Clear(_page);
        ((ReadOnlySpan<byte>)state.Window).CopyTo(_page.AsSpan(Layout.Window));
        _computer.Memory.Write(new PhysicalAddress(Layout.Data), _page);
        Step(ref state);
        for (int i = 0; i < 16; i++) state.Registers[i] = P[i];
        state.Rflags = P.Rflags;
        _computer.Memory.Read(new PhysicalAddress(Layout.Data), _page);
        _page.AsSpan(Layout.Window, Layout.WindowSize).CopyTo(state.Window);
        state.Checksum = 0;
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(_page)) state.Checksum = (state.Checksum << 7 | state.Checksum >> 57) ^ word;
    }

    /// <summary>One instruction, and the fetch after it: that meets INT3, or faults.</summary>
    private void Step(ref MachineState state)
    {
        P.StopReason = StopReason.None;
        P.Attention = false;
        if (CodeFetch.Find(P) is { } block)
        {
            if (Translate && Translated(block) is { } translation)
            {
                translation.Run(P);
                Finish(ref state);
                return;
            }

            P.Registers.At<ulong>(Processors.Register.BlockRip) = P.Rip;
            ref readonly Operation op = ref block.Operations[0];
            Outcome outcome = Instead is null ? op.Execute(P, in op) : Instead(P);
            if (outcome is Outcome.Continue or Outcome.Leave) P.Rip = P.NextRip(op);
        }

        Finish(ref state);
    }

    private void Finish(ref MachineState state)
    {
        if (P.StopReason == StopReason.Unsupported) throw new NotSupportedException(P.UnsupportedWhat);
        if (P.StopReason == StopReason.None && CodeFetch.Find(P) is not null)
        {
            (state.Rip, state.Trap, state.Error, state.Address) = (P.Rip + 1, 3, 0, 0);
            return;
        }

        (state.Rip, state.Trap, state.Error, state.Address) = (P.Rip, P.Raised.Vector, P.Raised.ErrorCode, P.Raised.Payload);
    }

    /// <summary>The block translated; null for one that only the first tier executes.</summary>
    private TranslatedRegion? Translated(Block block)
    {
        if (block.Translation is null && Region.From(P, block, heat: 1) is { } region)
        {
            region.Plans[0][0] = Plan(region.Plans[0][0]);
            block.Translation = new TranslatedRegion(region);
            block.Translation.Run = RegionWriter.Compile(block.Translation);
        }

        return block.Translation;
    }

    private void MapPages()
    {
        Entry(0, 0, Tables + 0x1000);
        Entry(1, 0, Tables + 0x2000);
        Entry(2, (int)(Layout.CodePage >> 21), Tables + 0x3000);
        Entry(2, (int)(Layout.ReadOnly >> 21), Tables + 0x4000);
        Entry(3, (int)(Layout.CodePage >> 12) & 511, Layout.CodePage);
        Entry(3, (int)(Layout.Data >> 12) & 511, Layout.Data, Writable | ExecuteDisable);
        Entry(4, (int)(Layout.ReadOnly >> 12) & 511, Layout.ReadOnly, ExecuteDisable);

        void Entry(int table, int index, ulong target, ulong rights = Writable) =>
            _computer.Memory.Write(new PhysicalAddress(Tables + (ulong)table * 0x1000 + (ulong)index * 8), target | Present | User | rights);
    }

    public void Dispose()
    {
        _computer.Dispose();
        _pool.Dispose();
    }
}
