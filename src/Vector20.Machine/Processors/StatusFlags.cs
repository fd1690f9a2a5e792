using System.Numerics;
using System.Runtime.CompilerServices;

namespace Vector20.Machine.Processors;

/// <summary>
/// CF, PF, AF, ZF, SF and OF, lazily: the last result and the carries that left each of its bits, from which a flag is
/// computed when something reads it. Setting all six costs two stores.
/// </summary>
/// <remarks>
/// <c>_carries</c>: bit 63 is the carry (or borrow) out of the top bit of the result, bit 62 the one into it, bit 3 the
/// one out of bit 3; bits 0 and 1 invert what PF and SF would be, so that any combination of flags can be held.
/// </remarks>
[Manual("1", "3.4.3.1", "Status Flags")]
internal struct StatusFlags
{
    private const ulong CarryAndOverflow = 3ul << 62, Auxiliary3 = 8, InvertParity = 1, InvertSign = 2;

    /// <summary>The names of the two fields, for code that is written at run time.</summary>
    internal const string ResultField = nameof(_result), CarriesField = nameof(_carries);

    private long _result;
    private ulong _carries;

    /// <summary>CF.</summary>
    public readonly bool Carry => (long)_carries < 0;

    /// <summary>OF.</summary>
    public readonly bool Overflow => (long)(_carries ^ (_carries << 1)) < 0;

    /// <summary>AF.</summary>
    public readonly bool Auxiliary => (_carries & Auxiliary3) != 0;

    /// <summary>ZF.</summary>
    public readonly bool Zero => _result == 0;

    /// <summary>SF.</summary>
    public readonly bool Sign => (_result < 0) != ((_carries & InvertSign) != 0);

    /// <summary>PF: whether the lowest byte of the result has an even number of ones.</summary>
    public readonly bool Parity => (BitOperations.PopCount((byte)_result) & 1) == (int)(_carries & InvertParity);

    /// <summary>Sets all six from a result and the carries out of each of its bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set<T>(T result, T carries) where T : unmanaged, IBinaryInteger<T>
    {
        SetResult(result);
        ulong wide = ulong.CreateTruncating(carries);
        _carries = wide << (64 - 8 * Unsafe.SizeOf<T>()) & CarryAndOverflow | wide & Auxiliary3;
    }

    /// <summary>Sets all six from a result that has no carries: CF, OF and AF are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetLogical<T>(T result) where T : unmanaged, IBinaryInteger<T>
    {
        SetResult(result);
        _carries = 0;
    }

    /// <summary>Sets PF, ZF and SF from a result, and the other three as given.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set<T>(T result, bool carry, bool overflow, bool auxiliary) where T : unmanaged, IBinaryInteger<T>
    {
        SetResult(result);
        _carries = CarriesOf(carry, overflow, auxiliary);
    }

    /// <summary>CF, PF, AF, ZF, SF and OF in their places in EFLAGS, the other bits 0.</summary>
    public uint Value
    {
        readonly get => (Carry ? Eflags.CF : 0) | (Parity ? Eflags.PF : 0) | (Auxiliary ? Eflags.AF : 0)
            | (Zero ? Eflags.ZF : 0) | (Sign ? Eflags.SF : 0) | (Overflow ? Eflags.OF : 0);
        set
        {
            bool zero = (value & Eflags.ZF) != 0, parity = (value & Eflags.PF) != 0;
            _result = zero ? 0 : 1;
            _carries = CarriesOf((value & Eflags.CF) != 0, (value & Eflags.OF) != 0, (value & Eflags.AF) != 0)
                | (parity == zero ? 0 : InvertParity) | ((value & Eflags.SF) != 0 ? InvertSign : 0);
        }
    }

    /// <summary>Changes CF alone.</summary>
    public void SetCarry(bool carry) => SetCarryAndOverflow(carry, Overflow);

    /// <summary>Changes CF and OF, and leaves the other four.</summary>
    public void SetCarryAndOverflow(bool carry, bool overflow) =>
        _carries = _carries & ~CarryAndOverflow | CarriesOf(carry, overflow, false);

    private static ulong CarriesOf(bool carry, bool overflow, bool auxiliary) =>
        (carry ? 1ul << 63 : 0) | (carry != overflow ? 1ul << 62 : 0) | (auxiliary ? Auxiliary3 : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SetResult<T>(T result) where T : unmanaged, IBinaryInteger<T>
    {
        if (typeof(T) == typeof(byte)) _result = (sbyte)byte.CreateTruncating(result);
        else if (typeof(T) == typeof(ushort)) _result = (short)ushort.CreateTruncating(result);
        else if (typeof(T) == typeof(uint)) _result = (int)uint.CreateTruncating(result);
        else _result = (long)ulong.CreateTruncating(result);
    }
}
