using System.Buffers.Binary;
using System.Text;

namespace Vector20.Cli.Tracing;

/// <summary>Writes the fields of one protobuf message into a buffer that is used again for the next.</summary>
internal sealed class ProtobufWriter
{
    private const int Varint = 0, EightBytes = 1, LengthDelimited = 2, LongestVarint = 10;

    private byte[] _bytes = new byte[256];
    private int _length;

    /// <summary>What has been written since <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>Begins a message.</summary>
    public ProtobufWriter Clear()
    {
        _length = 0;
        return this;
    }

    /// <summary>An integer or an enumeration.</summary>
    public ProtobufWriter Number(int field, ulong value)
    {
        Tag(field, Varint);
        Raw(value);
        return this;
    }

    /// <summary>A fixed64.</summary>
    public ProtobufWriter Fixed(int field, ulong value)
    {
        Tag(field, EightBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(Take(sizeof(ulong)), value);
        return this;
    }

    /// <summary>A string.</summary>
    public ProtobufWriter Text(int field, string value)
    {
        Tag(field, LengthDelimited);
        int length = Encoding.UTF8.GetByteCount(value);
        Raw((uint)length);
        Encoding.UTF8.GetBytes(value, Take(length));
        return this;
    }

    /// <summary>A message inside this one.</summary>
    public ProtobufWriter Message(int field, ProtobufWriter message)
    {
        Tag(field, LengthDelimited);
        Raw((uint)message._length);
        message.Written.CopyTo(Take(message._length));
        return this;
    }

    private void Tag(int field, int type) => Raw((uint)(field << 3 | type));

    private void Raw(ulong value)
    {
        Span<byte> room = Take(LongestVarint);
        int length = 0;
        for (; value >= 0x80; value >>= 7) room[length++] = (byte)(value | 0x80);
        room[length++] = (byte)value;
        _length -= LongestVarint - length;
    }

    private Span<byte> Take(int length)
    {
        if (_bytes.Length - _length < length) Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _length + length));
        Span<byte> taken = _bytes.AsSpan(_length, length);
        _length += length;
        return taken;
    }
}
