using System.Reflection;
using System.Reflection.Emit;
using Vector20.Machine.Processors.Decoding;
using Fields = Vector20.Machine.Processors.Processor.StateFields;

namespace Vector20.Machine.Processors.Translation;

/// <summary>
/// A region as a method: block after block, with branches between them inside it. What the first tier must do stands at the end, out of the way.
/// </summary>
internal sealed class RegionWriter
{
    private static readonly MethodInfo _step = typeof(TranslatedRegion).GetMethod(nameof(TranslatedRegion.Step))!;

    private readonly Region _region;
    private readonly Label[] _starts;
    private readonly List<Action> _outOfLine = [];
    private int _number, _index;
    private Label? _missed;

    private RegionWriter(Region region, ILGenerator il)
    {
        _region = region;
        Code = new CodeWriter(il);
        _starts = [.. region.Blocks.Select(_ => Code.NewLabel())];
    }

    /// <summary>The code so far.</summary>
    public CodeWriter Code { get; }

    /// <summary>The operation that is written now.</summary>
    public ref readonly PlannedOperation Plan => ref _region.Plans[_number][_index];

    /// <summary>Distance of the current block from the region's first byte.</summary>
    public int Distance => Block.PageOffset - _region.Blocks[0].PageOffset;

    /// <summary>What a conditional branch right after the current operation can compare; set by the operation.</summary>
    public ComparedValues Compared { get; set; }

    /// <summary>Where the current operation goes when the first tier has to execute it. Before that it has changed nothing.</summary>
    public Label Missed => _missed ??= Code.NewLabel();

    /// <summary>The block that is written now.</summary>
    public Block Block => _region.Blocks[_number];

    /// <summary>Writes a region as a method. The runtime compiles a method when it is first called: that is done here, with no processor to run on.</summary>
    public static TranslatedCode Compile(TranslatedRegion translation)
    {
        Region region = translation.Region;
        string name = $"block at {region.Blocks[0].PageOffset:X3}";
        var method = new DynamicMethod(name, typeof(int), [typeof(TranslatedRegion), typeof(Processor)], typeof(Processor), skipVisibility: true) { InitLocals = false };
        new RegionWriter(region, method.GetILGenerator(0x4000)).Write();
        var code = method.CreateDelegate<TranslatedCode>(translation);
        code(null);
        return code;
    }

    /// <summary>Ends the current block: on at a page offset if the region has a block there and time is left for it, else out of the method.</summary>
    /// <param name="distance">Of the next instruction, from the current block's first byte.</param>
    public void GoTo(long distance)
    {
        Complete(() => Code.RipAt(Distance + distance));
        int next = _region.At((int)Math.Clamp(Block.PageOffset + distance, -1, 0x1000));
        if (next >= 0)
        {
            Code.LoadField(Fields.Deadline);
            Code.LoadField(Fields.Ticks);
            Code.Emit(OpCodes.Sub);
            Code.Constant((long)_region.Blocks[next].Operations.Length);
            Code.Emit(OpCodes.Bge_Un, _starts[next]);
        }

        Leave();
    }

    /// <summary>Ends the current block at an address, which may be in another page.</summary>
    public void GoTo(LocalBuilder rip)
    {
        Complete(() => Code.Get(rip));
        Leave();
    }

    /// <summary>Ends the current block by a near branch: inside the page nothing can forbid it, elsewhere the target must be canonical.</summary>
    public void BranchTo(long distance)
    {
        if (Block.PageOffset + distance is >= 0 and < 0x1000)
        {
            GoTo(distance);
            return;
        }

        LocalBuilder target = Code.NewLocal(8);
        Code.RipAt(Distance + distance);
        Code.Set(target);
        CheckTarget(target);
        GoTo(target);
    }

    /// <summary>Leaves the current operation to the first tier if instructions cannot be fetched from an address.</summary>
    public void CheckTarget(LocalBuilder target)
    {
        Code.Get(target);
        Code.LoadField(Fields.TargetBias);
        Code.Emit(OpCodes.Add);
        Code.LoadField(Fields.TargetSpan);
        Code.Emit(OpCodes.Bgt_Un, Missed);
    }

    /// <summary>The condition that the next operation branches on, if it does.</summary>
    private bool ConditionFollows => _index + 1 < _region.Plans[_number].Length && _region.Plans[_number][_index + 1].Kind == OperationKind.ConditionalJump;

    private void Write()
    {
        for (_number = 0; _number < _region.Blocks.Length; _number++)
        {
            Code.Mark(_starts[_number]);
            WriteBlock();
        }

        foreach (Action part in _outOfLine) part();
        Code.Mark(Code.Exit);
        Code.Get(Code.Answer);
        Code.Emit(OpCodes.Ret);
    }

    private void WriteBlock()
    {
        int count = _region.Plans[_number].Length;
        for (_index = 0; _index < count; _index++)
        {
            Compared = default;
            _missed = null;
            Code.ReuseLocals();
            OperationWriter.Write(this);
            if (ConditionFollows)
            {
                WriteConditionalJump();
                return;
            }

            bool last = _index == count - 1;
            if (last && !EndsBlock(Plan.Kind)) GoTo(Block.ByteLength);
            Label done = Code.NewLabel();
            Code.Mark(done);
            WriteMissed(last ? null : done);
        }
    }

    /// <summary>The current operation, and the branch after it: that compares the operation's values if they are known, and the flags if the first tier set them.</summary>
    private void WriteConditionalJump()
    {
        Label? missed = _missed;
        _missed = null;
        int number = _number, before = _index++, condition = Plan.Condition;
        Label taken = Code.NewLabel(), notTaken = Code.NewLabel();
        TransferWriter.ConditionalJump(this, taken, notTaken);
        WriteMissed(null);
        if (missed is not { } label) return;
        _outOfLine.Add(() =>
        {
            Code.Mark(label);
            WriteStep(number, before);
            ConditionWriter.Branch(Code, condition, taken);
            Code.Emit(OpCodes.Br, notTaken);
        });
    }

    /// <summary>If the current operation can miss: the first tier executes it, and then comes what is at <paramref name="done"/>, or the method is left.</summary>
    private void WriteMissed(Label? done)
    {
        if (_missed is not { } missed) return;
        int number = _number, index = _index;
        _outOfLine.Add(() =>
        {
            Code.Mark(missed);
            WriteStep(number, index);
            if (done is { } label) Code.Emit(OpCodes.Br, label);
        });
    }

    private static bool EndsBlock(OperationKind kind) =>
        kind is OperationKind.Jump or OperationKind.Call or OperationKind.Return or OperationKind.ConditionalJump or OperationKind.Step;

    /// <summary>Has the first tier execute the current operation.</summary>
    public void Step() => WriteStep(_number, _index);

    /// <summary>The first tier executes an operation: leaves the method unless the block goes on.</summary>
    private void WriteStep(int number, int index)
    {
        Code.Emit(OpCodes.Ldarg_0);
        Code.Emit(OpCodes.Ldarg_1);
        Code.Constant(number);
        Code.Constant(index);
        Code.Call(_step);
        Code.Set(Code.Answer);
        if (index != _region.Plans[number].Length - 1)
        {
            Code.Get(Code.Answer);
            Code.Constant(TranslatedRegion.GoesOn);
            Code.Emit(OpCodes.Bne_Un, Code.Exit);
        }
        else Code.Emit(OpCodes.Br, Code.Exit);
    }

    /// <summary>The block has completed: its time has passed, and RIP is the value given.</summary>
    private void Complete(Action rip)
    {
        Code.StoreField(Fields.Ticks, () =>
        {
            Code.LoadField(Fields.Ticks);
            Code.Constant((long)Block.Operations.Length);
            Code.Emit(OpCodes.Add);
        });
        Code.StoreField(Fields.Rip, rip);
    }

    private void Leave()
    {
        Code.Constant(_number);
        Code.Set(Code.Answer);
        Code.Emit(OpCodes.Br, Code.Exit);
    }
}
