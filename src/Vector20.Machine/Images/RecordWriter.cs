using System.Buffers.Binary;
using System.Text;

namespace Vector20.Machine.Images;

/// <summary>Fills in the little-endian fields of a record of fixed size.</summary>
internal sealed class RecordWriter(int size)
{
    public byte[] Bytes { get; } = new byte[size];

    public RecordWriter U8(int offset, byte value)
    {
        Bytes[offset] = value;
        return this;
    }

    public RecordWriter U16(int offset, ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(Bytes.AsSpan(offset), value);
        return this;
    }

    public RecordWriter U32(int offset, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Bytes.AsSpan(offset), value);
        return this;
    }

    public RecordWriter U64(int offset, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Bytes.AsSpan(offset), value);
        return this;
    }

    public RecordWriter Text(int offset, string value)
    {
        Encoding.ASCII.GetBytes(value, Bytes.AsSpan(offset));
        return this;
    }

    /// <summary>Sets the byte at an offset so that the bytes of a range, the byte included, sum to 0.</summary>
    public RecordWriter Checksum(int offset, int first, int length)
    {
        Bytes[offset] = 0;
        byte sum = 0;
        foreach (byte b in Bytes.AsSpan(first, length)) sum += b;
        Bytes[offset] = (byte)-sum;
        return this;
    }
}
