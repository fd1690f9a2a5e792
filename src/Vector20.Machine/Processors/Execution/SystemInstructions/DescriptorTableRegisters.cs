using Iced.Intel;
using Vector20.Machine.Events;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Segmentation;
using Vector20.Machine.Vmx;

namespace Vector20.Machine.Processors.Execution.SystemInstructions;

/// <summary>LGDT, LIDT, SGDT, SIDT, LLDT, SLDT, LTR, STR.</summary>
[Manual("3A", "2.8.1", "Loading and Storing System Registers")]
internal static unsafe class DescriptorTableRegisters
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Lgdt => &LoadGdt,
        Mnemonic.Lidt => &LoadIdt,
        Mnemonic.Sgdt => &StoreGdt,
        Mnemonic.Sidt => &StoreIdt,
        Mnemonic.Lldt => i.Op0Kind == OpKind.Register ? &LoadLdt : &LoadLdtFromMemory,
        Mnemonic.Ltr => i.Op0Kind == OpKind.Register ? &LoadTask : &LoadTaskFromMemory,
        Mnemonic.Sldt => i.Op0Kind == OpKind.Register ? &StoreLdt : &StoreLdtToMemory,
        Mnemonic.Str => i.Op0Kind == OpKind.Register ? &StoreTask : &StoreTaskToMemory,
        _ => null,
    };

    private static Outcome LoadGdt(Processor p, in Operation op)
    {
        if (!ReadTable(p, op, DescriptorTableInstruction.Lgdt, out TableRegister table)) return Outcome.Stop;
        p.Gdtr = table;
        return Outcome.Continue;
    }

    private static Outcome LoadIdt(Processor p, in Operation op)
    {
        if (!ReadTable(p, op, DescriptorTableInstruction.Lidt, out TableRegister table)) return Outcome.Stop;
        p.Idtr = table;
        return Outcome.Continue;
    }

    /// <summary>Limit, then base: 24 bits of it with a 16-bit operand size, 64 in 64-bit mode, where it must be canonical.</summary>
    private static bool ReadTable(Processor p, in Operation op, DescriptorTableInstruction instruction, out TableRegister table)
    {
        table = default;
        if (!Privilege.RequireZero(p) || Exits(p, op, instruction)) return false;
        ulong address = p.EffectiveAddress(op);
        if (!p.Read(op.Segment, address, out ushort limit)) return false;
        if (p.Is64Bit)
        {
            if (!p.Read(op.Segment, address + 2, out ulong linear)) return false;
            table = new TableRegister(linear, limit);
            return Canonical.Is(p, linear) || p.Refuse(ExceptionVector.GeneralProtection, 0);
        }

        if (!p.Read(op.Segment, address + 2, out uint low)) return false;
        table = new TableRegister(op.OperandSize == 2 ? low & 0xFF_FFFF : low, limit);
        return true;
    }

    private static Outcome StoreGdt(Processor p, in Operation op) => StoreTable(p, op, p.Gdtr, DescriptorTableInstruction.Sgdt);

    private static Outcome StoreIdt(Processor p, in Operation op) => StoreTable(p, op, p.Idtr, DescriptorTableInstruction.Sidt);

    /// <summary>Every operand size outside 64-bit mode stores 32 bits of the base.</summary>
    private static Outcome StoreTable(Processor p, in Operation op, TableRegister table, DescriptorTableInstruction instruction)
    {
        if (!Privilege.AllowUserMode(p) || Exits(p, op, instruction)) return Outcome.Stop;
        ulong address = p.EffectiveAddress(op);
        if (!p.Write(op.Segment, address, table.Limit)) return Outcome.Stop;
        bool written = p.Is64Bit ? p.Write(op.Segment, address + 2, table.Base) : p.Write(op.Segment, address + 2, (uint)table.Base);
        return written ? Outcome.Continue : Outcome.Stop;
    }

    private static Outcome LoadLdt(Processor p, in Operation op) =>
        MayLoad(p, op, DescriptorTableInstruction.Lldt) && SystemSegments.LoadLdt(p, new Selector(p.Get<ushort>(op.Destination))) ? Outcome.Continue : Outcome.Stop;

    private static Outcome LoadLdtFromMemory(Processor p, in Operation op) =>
        MayLoad(p, op, DescriptorTableInstruction.Lldt) && p.Load(op, out ushort selector) && SystemSegments.LoadLdt(p, new Selector(selector))
            ? Outcome.Continue : Outcome.Stop;

    private static Outcome LoadTask(Processor p, in Operation op) =>
        MayLoad(p, op, DescriptorTableInstruction.Ltr) && SystemSegments.LoadTask(p, new Selector(p.Get<ushort>(op.Destination))) ? Outcome.Continue : Outcome.Stop;

    private static Outcome LoadTaskFromMemory(Processor p, in Operation op) =>
        MayLoad(p, op, DescriptorTableInstruction.Ltr) && p.Load(op, out ushort selector) && SystemSegments.LoadTask(p, new Selector(selector))
            ? Outcome.Continue : Outcome.Stop;

    private static bool MayLoad(Processor p, in Operation op, DescriptorTableInstruction instruction) =>
        Privilege.RequireProtectedMode(p) && Privilege.RequireZero(p) && !Exits(p, op, instruction);

    private static bool MayStore(Processor p, in Operation op, DescriptorTableInstruction instruction) =>
        Privilege.RequireProtectedMode(p) && Privilege.AllowUserMode(p) && !Exits(p, op, instruction);

    private static bool Exits(Processor p, in Operation op, DescriptorTableInstruction instruction) =>
        p.Vmx.NonRoot && Intercepts.DescriptorTable(p, op, instruction);

    private static Outcome StoreLdt(Processor p, in Operation op) => StoreRegister(p, op, p.Ldtr.Selector, DescriptorTableInstruction.Sldt);

    private static Outcome StoreTask(Processor p, in Operation op) => StoreRegister(p, op, p.Tr.Selector, DescriptorTableInstruction.Str);

    private static Outcome StoreLdtToMemory(Processor p, in Operation op) => StoreMemory(p, op, p.Ldtr.Selector, DescriptorTableInstruction.Sldt);

    private static Outcome StoreTaskToMemory(Processor p, in Operation op) => StoreMemory(p, op, p.Tr.Selector, DescriptorTableInstruction.Str);

    private static Outcome StoreRegister(Processor p, in Operation op, ushort selector, DescriptorTableInstruction instruction)
    {
        if (!MayStore(p, op, instruction)) return Outcome.Stop;
        if (op.OperandSize == 2) p.Set(op.Destination, selector);
        else p.Set<ulong>(op.Destination, selector);
        return Outcome.Continue;
    }

    private static Outcome StoreMemory(Processor p, in Operation op, ushort selector, DescriptorTableInstruction instruction) =>
        MayStore(p, op, instruction) && p.Store(op, selector) ? Outcome.Continue : Outcome.Stop;
}
