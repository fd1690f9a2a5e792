using System.Numerics;
using System.Runtime.CompilerServices;

namespace Vector20.Machine.Apic;

/// <summary>A set of vectors: one of the 256-bit registers IRR, ISR and TMR.</summary>
[Manual("3A", "11.8.4", "Interrupt Acceptance for Fixed Interrupts")]
[InlineArray(4)]
public struct VectorSet
{
    private ulong _first;

    /// <summary>Whether the set holds a vector.</summary>
    public readonly bool Contains(byte vector) => (this[vector >> 6] >> (vector & 63) & 1) != 0;

    /// <summary>Puts a vector in, or takes it out.</summary>
    public void Set(byte vector, bool present)
    {
        ulong bit = 1ul << (vector & 63);
        this[vector >> 6] = present ? this[vector >> 6] | bit : this[vector >> 6] & ~bit;
    }

    /// <summary>The highest vector in the set, or -1.</summary>
    public readonly int Highest
    {
        get
        {
            for (int i = 3; i >= 0; i--)
                if (this[i] != 0) return i * 64 + BitOperations.Log2(this[i]);
            return -1;
        }
    }

    /// <summary>One of the eight 32-bit registers that the set is read by.</summary>
    public readonly uint Register(int index) => (uint)(this[index >> 1] >> ((index & 1) * 32));
}
