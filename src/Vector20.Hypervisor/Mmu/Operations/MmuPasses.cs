namespace Vector20.Hypervisor.Mmu.Operations;

/// <summary>The passes that operations are made of.</summary>
internal enum MmuPass : byte
{
    SetLogging, TakeLog, ClearLogging, Publish, Unpublish, PublishMoved, ZapLeaves, ZapRoots, Freeze, Split, Protect, Age, Collapse,
}

/// <summary>Which passes an operation makes, in order.</summary>
internal static class MmuPasses
{
    public static ReadOnlySpan<MmuPass> Of(MmuOperationKind kind) => kind switch
    {
        MmuOperationKind.ZapRange => [MmuPass.ZapLeaves],
        MmuOperationKind.ZapAtomically => [MmuPass.Freeze],
        MmuOperationKind.ZapAll => [MmuPass.ZapRoots],
        MmuOperationKind.StartDirtyLog => [MmuPass.SetLogging, MmuPass.Split, MmuPass.Protect],
        MmuOperationKind.ReadDirtyLog => [MmuPass.TakeLog, MmuPass.Protect],
        MmuOperationKind.StopDirtyLog => [MmuPass.ClearLogging, MmuPass.Collapse],
        MmuOperationKind.Age => [MmuPass.Age],
        MmuOperationKind.Split => [MmuPass.Split],
        MmuOperationKind.AddSlot => [MmuPass.Publish],
        MmuOperationKind.DeleteSlot => [MmuPass.Unpublish, MmuPass.ZapLeaves],
        _ => [MmuPass.Unpublish, MmuPass.ZapLeaves, MmuPass.PublishMoved],
    };
}
