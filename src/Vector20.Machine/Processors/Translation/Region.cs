using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Translation;

/// <summary>Blocks of one page that lead to each other, the hot one first, and the plan of each.</summary>
internal sealed class Region(Block[] blocks, PlannedOperation[][] plans)
{
    private const int MostOperations = 96;

    /// <summary>The blocks.</summary>
    public Block[] Blocks { get; } = blocks;

    /// <summary>How each operation of each block is translated.</summary>
    public PlannedOperation[][] Plans { get; } = plans;

    /// <summary>
    /// The block, and what direct branches inside its page lead to from it and has been executed often too. Null for code that only the first
    /// tier runs: not 64-bit, or with an instruction that lies in two pages.
    /// </summary>
    public static Region? From(Processor p, Block head, int heat)
    {
        if (!CanTranslate(head) || p.Computer.Memory.Pool.Code(head.Frame) is not { } page) return null;
        List<Block> blocks = [head];
        List<PlannedOperation[]> plans = [];
        int operations = head.Operations.Length;
        for (int i = 0; i < blocks.Count; i++)
        {
            Block block = blocks[i];
            PlannedOperation[] plan = Plan(p, block);
            plans.Add(plan);
            foreach (int offset in Successors(block, plan[^1]))
            {
                if (page.Find(offset, block.Mode) is not { } next || next.Heat < heat || !CanTranslate(next) || blocks.Contains(next)) continue;
                if (operations + next.Operations.Length > MostOperations) continue;
                operations += next.Operations.Length;
                blocks.Add(next);
            }
        }

        return new Region([.. blocks], [.. plans]);
    }

    /// <summary>The number of the block that starts at an offset in the page; -1 if none of the region does.</summary>
    public int At(int pageOffset) => Array.FindIndex(Blocks, block => block.PageOffset == pageOffset);

    private static bool CanTranslate(Block block) => block is { Mode: CodeMode.Bits64, SecondFrame: < 0, Valid: true };

    private static unsafe PlannedOperation[] Plan(Processor p, Block block)
    {
        var bytes = new ReadOnlySpan<byte>(p.Computer.Memory.Pool.Data(block.Frame) + block.PageOffset, block.ByteLength).ToArray();
        Decoder decoder = Decoder.Create(64, new ByteArrayCodeReader(bytes), p.Model.DecoderOptions);
        decoder.IP = 0;
        var plan = new PlannedOperation[block.Operations.Length];
        for (int i = 0; i < plan.Length; i++) plan[i] = PlannedOperation.Of(p.Model, decoder.Decode(), block.Operations[i]);
        FlagLiveness.Mark(plan);
        return plan;
    }

    /// <summary>Page offsets that the last operation leads to, of those inside the page.</summary>
    private static IEnumerable<int> Successors(Block block, PlannedOperation last)
    {
        int target = block.PageOffset + (int)last.Operation.Immediate;
        if (last.Kind is OperationKind.ConditionalJump or OperationKind.Jump or OperationKind.Call && (uint)target < 0x1000) yield return target;
        if (last.Kind is not (OperationKind.Jump or OperationKind.Call or OperationKind.Return or OperationKind.Step)) yield return block.PageOffset + block.ByteLength;
    }
}
