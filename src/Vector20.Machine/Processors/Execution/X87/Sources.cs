using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Numbers;

namespace Vector20.Machine.Processors.Execution.X87;

/// <summary>Where an x87 instruction's second operand comes from.</summary>
internal interface IX87Source
{
    /// <summary>Reads memory; false when that faults. A register is read later.</summary>
    static abstract bool Get(Processor p, in Operation op, out Number number);

    static virtual bool IsMemory => true;

    /// <summary>The register the result goes to.</summary>
    static virtual int Destination(in Operation op) => 0;
}

/// <summary>Register operand 1, the result to register operand 0.</summary>
internal readonly struct Registers : IX87Source
{
    public static bool IsMemory => false;

    public static bool Get(Processor p, in Operation op, out Number number)
    {
        number = Stack.Number(p.Extended.File, op.Source);
        return true;
    }

    public static int Destination(in Operation op) => op.Destination;
}

internal readonly struct SingleMemory : IX87Source
{
    public static bool Get(Processor p, in Operation op, out Number number)
    {
        bool read = p.Load(op, out uint bits);
        number = FloatFormat.Single.Decode(bits);
        return read;
    }
}

internal readonly struct DoubleMemory : IX87Source
{
    public static bool Get(Processor p, in Operation op, out Number number)
    {
        bool read = p.Load(op, out ulong bits);
        number = FloatFormat.Double.Decode(bits);
        return read;
    }
}

internal readonly struct IntegerMemory<T> : IX87Source where T : unmanaged, System.Numerics.IBinaryInteger<T>
{
    public static bool Get(Processor p, in Operation op, out Number number)
    {
        bool read = p.Load(op, out T value);
        number = Number.Of(long.CreateTruncating(value));
        return read;
    }
}
