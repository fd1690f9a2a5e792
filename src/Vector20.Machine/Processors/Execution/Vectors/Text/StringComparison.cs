using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>What PCMPISTRI and its kin compute of two strings of bytes or words: by an immediate that says how.</summary>
[Manual("2B", "4.1", "Imm8 Control Byte Operation for PCMPESTRI/PCMPESTRM/PCMPISTRI/PCMPISTRM")]
internal readonly struct StringComparison(byte control)
{
    private const int EqualAny = 0, Ranges = 1, EqualEach = 2;

    /// <summary>Elements in 128 bits.</summary>
    public int Count => HasWords ? 8 : 16;

    /// <summary>Whether the elements are words, and whether they are signed.</summary>
    [Manual("2B", "4.1.2", "Source Data Format")]
    private bool HasWords => (control & 1) != 0;

    private bool IsSigned => (control & 2) != 0;

    [Manual("2B", "4.1.3", "Aggregation Operation")]
    private int Aggregation => control >> 2 & 3;

    /// <summary>The element before the first null, or all.</summary>
    [Manual("2B", "4.1.6", "Valid/Invalid Override of Comparisons")]
    public int ImplicitLength(Vector128<byte> text)
    {
        int length = 0;
        while (length < Count && Element(text, length) != 0) length++;
        return length;
    }

    /// <summary>IntRes2: one bit an element.</summary>
    public uint Compare(Vector128<byte> first, int firstLength, Vector128<byte> second, int secondLength)
    {
        uint result = 0;
        for (int j = 0; j < Count; j++)
            if (Matches(first, firstLength, second, secondLength, j)) result |= 1u << j;
        uint all = (1u << Count) - 1, valid = (1u << secondLength) - 1;
        return Polarity switch { 1 => result ^ all, 3 => result ^ valid, _ => result };
    }

    [Manual("2B", "4.1.4", "Polarity")]
    private int Polarity => control >> 4 & 3;

    /// <summary>The index of the lowest set bit, or with bit 6 of the highest; the number of elements if there is none.</summary>
    [Manual("2B", "4.1.5", "Output Selection")]
    public int Index(uint result)
    {
        if (result == 0) return Count;
        return (control & 0x40) != 0 ? BitOperations.Log2(result) : BitOperations.TrailingZeroCount(result);
    }

    /// <summary>The bits themselves, or with bit 6 each as an element of all ones.</summary>
    public Vector128<byte> Mask(uint result)
    {
        if ((control & 0x40) == 0) return Vector128.CreateScalar(result).AsByte();
        Vector128<byte> mask = default;
        int width = 16 / Count;
        for (int i = 0; i < 16; i++) mask = mask.WithElement(i, (byte)((result >> i / width & 1) != 0 ? 0xFF : 0));
        return mask;
    }

    private bool Matches(Vector128<byte> first, int firstLength, Vector128<byte> second, int secondLength, int j) => Aggregation switch
    {
        EqualAny => j < secondLength && Contains(first, firstLength, Element(second, j)),
        Ranges => j < secondLength && InRange(first, firstLength, Element(second, j)),
        EqualEach => j < firstLength && j < secondLength ? Element(first, j) == Element(second, j) : j >= firstLength && j >= secondLength,
        _ => StartsAt(first, firstLength, second, secondLength, j),
    };

    private bool Contains(Vector128<byte> set, int length, int element)
    {
        for (int i = 0; i < length; i++)
            if (Element(set, i) == element) return true;
        return false;
    }

    private bool InRange(Vector128<byte> bounds, int length, int element)
    {
        for (int i = 0; i + 1 < length; i += 2)
            if (element >= Element(bounds, i) && element <= Element(bounds, i + 1)) return true;
        return false;
    }

    /// <summary>Whether the first string begins in the second at an element, as far as the second goes on in its 128 bits.</summary>
    private bool StartsAt(Vector128<byte> sought, int length, Vector128<byte> text, int textLength, int at)
    {
        for (int i = 0; i < length && at + i < Count; i++)
            if (at + i >= textLength || Element(sought, i) != Element(text, at + i)) return false;
        return true;
    }

    private int Element(Vector128<byte> text, int index) => (HasWords, IsSigned) switch
    {
        (false, false) => text[index],
        (false, true) => text.AsSByte()[index],
        (true, false) => text.AsUInt16()[index],
        (true, true) => text.AsInt16()[index],
    };
}
