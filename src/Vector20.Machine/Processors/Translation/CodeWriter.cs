using System.Reflection;
using System.Reflection.Emit;
using Vector20.Machine.Memory;
using Fields = Vector20.Machine.Processors.Processor.StateFields;

namespace Vector20.Machine.Processors.Translation;

/// <summary>
/// The vocabulary of translated code: registers, flags, constants and locals, as IL. Values narrower than 64 bits are 32-bit integers on the
/// stack, sign-extended from their width.
/// </summary>
internal sealed class CodeWriter
{
    private readonly ILGenerator _il;
    private readonly LocalBuilder _registers;
    private readonly LocalPool _longs, _ints, _places, _entries;

    public CodeWriter(ILGenerator il)
    {
        _il = il;
        _registers = il.DeclareLocal(typeof(ulong).MakeByRefType());
        HeadRip = il.DeclareLocal(typeof(long));
        Answer = il.DeclareLocal(typeof(int));
        Exit = il.DefineLabel();
        (_longs, _ints) = (new LocalPool(il, typeof(long)), new LocalPool(il, typeof(int)));
        (_places, _entries) = (new LocalPool(il, typeof(nint)), new LocalPool(il, typeof(TlbEntry).MakeByRefType()));
        ReturnWithoutProcessor();
        Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldflda, Fields.Registers);
        Set(_registers);
        LoadField(Fields.Rip);
        Set(HeadRip);
    }

    /// <summary>RIP of the region's first instruction.</summary>
    public LocalBuilder HeadRip { get; }

    /// <summary>What the method answers when it is left by <see cref="Exit"/>.</summary>
    public LocalBuilder Answer { get; }

    /// <summary>Where the method is left.</summary>
    public Label Exit { get; }

    /// <summary>A local for a value of a width in bytes, until the next <see cref="ReuseLocals"/>.</summary>
    public LocalBuilder NewLocal(int width) => (width == 8 ? _longs : _ints).Next();

    /// <summary>A local for a host address.</summary>
    public LocalBuilder NewPlace() => _places.Next();

    /// <summary>A local for a reference to an entry of the software TLB.</summary>
    public LocalBuilder NewEntry() => _entries.Next();

    /// <summary>The locals so far hold nothing that is still needed. The runtime gives up optimizing a method that has thousands.</summary>
    public void ReuseLocals()
    {
        foreach (LocalPool pool in (LocalPool[])[_longs, _ints, _places, _entries]) pool.Reuse();
    }

    public Label NewLabel() => _il.DefineLabel();

    public void Mark(Label label) => _il.MarkLabel(label);

    public void Emit(OpCode code) => _il.Emit(code);

    public void Emit(OpCode code, Label label) => _il.Emit(code, label);

    public void Emit(OpCode code, Type type) => _il.Emit(code, type);

    public void Call(MethodInfo method) => _il.Emit(OpCodes.Call, method);

    public void Get(LocalBuilder local) => _il.Emit(OpCodes.Ldloc, local);

    public void Set(LocalBuilder local) => _il.Emit(OpCodes.Stloc, local);

    /// <summary>A 32-bit constant.</summary>
    public void Constant(int value) => _il.Emit(OpCodes.Ldc_I4, value);

    /// <summary>A 64-bit constant.</summary>
    public void Constant(long value) => _il.Emit(OpCodes.Ldc_I8, value);

    /// <summary>A constant of a width in bytes.</summary>
    public void Constant(long value, int width)
    {
        if (width == 8) Constant(value);
        else Constant(width switch { 1 => (sbyte)value, 2 => (short)value, _ => (int)value });
    }

    /// <summary>A field of the processor.</summary>
    public void LoadField(FieldInfo field)
    {
        Emit(OpCodes.Ldarg_1);
        _il.Emit(OpCodes.Ldfld, field);
    }

    /// <summary>A field of what is referred to by the top of the stack.</summary>
    public void LoadFieldOf(FieldInfo field) => _il.Emit(OpCodes.Ldfld, field);

    /// <summary>Sets a field of the processor to a value.</summary>
    public void StoreField(FieldInfo field, Action value)
    {
        Emit(OpCodes.Ldarg_1);
        value();
        _il.Emit(OpCodes.Stfld, field);
    }

    /// <summary>One of the two parts of the status flags.</summary>
    public void LoadFlags(FieldInfo part)
    {
        Emit(OpCodes.Ldarg_1);
        _il.Emit(OpCodes.Ldflda, Fields.Flags);
        _il.Emit(OpCodes.Ldfld, part);
    }

    /// <summary>Sets one of the two parts of the status flags.</summary>
    public void StoreFlags(FieldInfo part, Action value)
    {
        Emit(OpCodes.Ldarg_1);
        _il.Emit(OpCodes.Ldflda, Fields.Flags);
        value();
        _il.Emit(OpCodes.Stfld, part);
    }

    /// <summary>A register of a width in bytes.</summary>
    public void LoadRegister(byte register, int width)
    {
        RegisterAddress(register);
        LoadIndirect(width);
    }

    /// <summary>Sets a register; 32 bits clear the upper half.</summary>
    public void StoreRegister(byte register, int width, LocalBuilder value)
    {
        RegisterAddress(register);
        Get(value);
        if (width == 4)
        {
            Emit(OpCodes.Conv_U8);
            width = 8;
        }

        StoreIndirect(width);
    }

    /// <summary>What is at the address on the stack, sign-extended.</summary>
    public void LoadIndirect(int width)
    {
        if (width > 1) _il.Emit(OpCodes.Unaligned, (byte)1);
        Emit(width switch { 1 => OpCodes.Ldind_I1, 2 => OpCodes.Ldind_I2, 4 => OpCodes.Ldind_I4, _ => OpCodes.Ldind_I8 });
    }

    /// <summary>Writes the value on the stack to the address below it.</summary>
    public void StoreIndirect(int width)
    {
        if (width > 1) _il.Emit(OpCodes.Unaligned, (byte)1);
        Emit(width switch { 1 => OpCodes.Stind_I1, 2 => OpCodes.Stind_I2, 4 => OpCodes.Stind_I4, _ => OpCodes.Stind_I8 });
    }

    /// <summary>Cuts the value on the stack to its width, and extends its sign.</summary>
    public void Narrow(int width)
    {
        if (width == 1) Emit(OpCodes.Conv_I1);
        else if (width == 2) Emit(OpCodes.Conv_I2);
    }

    /// <summary>RIP of a byte at a distance from the region's first.</summary>
    public void RipAt(long distance)
    {
        Get(HeadRip);
        if (distance == 0) return;
        Constant(distance);
        Emit(OpCodes.Add);
    }

    private void ReturnWithoutProcessor()
    {
        Label some = NewLabel();
        Emit(OpCodes.Ldarg_1);
        Emit(OpCodes.Brtrue, some);
        Constant(TranslatedRegion.Stopped);
        Emit(OpCodes.Ret);
        Mark(some);
    }

    private void RegisterAddress(byte register)
    {
        Get(_registers);
        if (register == 0) return;
        Constant(register);
        Emit(OpCodes.Conv_I);
        Emit(OpCodes.Add);
    }

    /// <summary>Locals of one type, used again and again.</summary>
    private sealed class LocalPool(ILGenerator il, Type type)
    {
        private readonly List<LocalBuilder> _locals = [];
        private int _used;

        public LocalBuilder Next()
        {
            if (_used == _locals.Count) _locals.Add(il.DeclareLocal(type));
            return _locals[_used++];
        }

        public void Reuse() => _used = 0;
    }
}
