using Vector20.Machine.Events;
using Vector20.Machine.Memory;

namespace Vector20.Machine.Processors.Decoding;

/// <summary>From RIP to the block to execute.</summary>
internal static class CodeFetch
{
    /// <summary>The block at RIP, decoded if need be. Null when the fetch faults or exits.</summary>
    public static Block? Find(Processor p)
    {
        ulong linear = p.Linear(SegmentName.Cs, p.Rip);
        ref BlockLink cached = ref p.Jumps[(linear ^ linear >> 12) & (Processor.JumpEntries - 1)];
        if (cached.Context == p.Context && cached.Rip == linear && cached.Target!.Valid && Fits(p, cached.Target)) return cached.Target;
        Block? block = Lookup(p, linear, out bool reusable);
        if (block is not null && reusable) cached = new BlockLink { Context = p.Context, Rip = linear, Target = block };
        return block;
    }

    /// <summary>Whether every byte of a block lies inside the code segment's limit.</summary>
    public static bool Fits(Processor p, Block block) => p.Rip + (uint)block.ByteLength - 1 <= p.CodeLimit;

    /// <summary>The frame that an instruction fetch from a linear address reads. Where there is no RAM it reads all ones.</summary>
    public static bool Frame(Processor p, ulong linear, out int frame)
    {
        frame = -1;
        var mode = p.CurrentPrivilegeLevel == 3 ? AccessMode.User : AccessMode.Supervisor;
        var access = new Access(AccessKind.Execute, mode, SegmentName.Cs);
        if (!Canonical.Check(p, linear, 1, access)) return false;
        if (!LinearTranslation.Translate(p, new LinearAddress(linear), access, out PhysicalAddress physical)) return false;
        frame = p.Computer.Memory.FrameForReading(physical.Value);
        if (frame < 0) frame = FramePool.OnesFrame;
        return true;
    }

    private static Block? Lookup(Processor p, ulong linear, out bool reusable)
    {
        reusable = true;
        if (p.Rip > p.CodeLimit)
        {
            p.Refuse(ExceptionVector.GeneralProtection, 0);
            return null;
        }

        if (!Frame(p, linear, out int frame)) return null;
        int offset = (int)linear & 0xFFF;
        CodePage page = PageOf(p, frame);
        Block? block = page.Find(offset, p.Mode);
        if (block is { SecondFrame: >= 0 }) block = StillStraddles(p, block, ref reusable);
        if (p.StopReason != StopReason.None) return null;
        if (block is not null && Fits(p, block)) return block;
        ulong limit = p.Mode == CodeMode.Bits64 ? ulong.MaxValue : p.CodeLimit - p.Rip + 1;
        bool cut = block is not null;
        block = p.Computer.Decoder.Decode(p, frame, offset, limit, cut ? 1 : int.MaxValue);
        reusable = !cut && block is { SecondFrame: < 0 };
        if (block is not null && !cut) Remember(p, page, block);
        return block;
    }

    /// <summary>A block over two pages is right only while its second page is where it was.</summary>
    private static Block? StillStraddles(Processor p, Block block, ref bool reusable)
    {
        reusable = false;
        ulong tail = p.Linear(SegmentName.Cs, p.Rip + (uint)(0x1000 - block.PageOffset) & p.InstructionPointerMask);
        return Frame(p, tail, out int second) && second == block.SecondFrame ? block : null;
    }

    /// <summary>The code of a frame. Before the first of it is decoded, no write may go straight to the frame any more.</summary>
    private static CodePage PageOf(Processor p, int frame)
    {
        CodePage page = p.Computer.Memory.Pool.Code(frame) ??= new CodePage();
        if (!page.HasCode) p.Computer.ForgetHostPointers();
        return page;
    }

    private static void Remember(Processor p, CodePage page, Block block)
    {
        page.Add(block);
        if (block.SecondFrame < 0) return;
        PageOf(p, block.SecondFrame).AddTail(block);
    }
}
