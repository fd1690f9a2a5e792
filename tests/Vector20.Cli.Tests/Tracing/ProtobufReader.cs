using System.Buffers.Binary;
using System.Text;

namespace Vector20.Cli.Tests.Tracing;

/// <summary>One field of a protobuf message: a number, or bytes that may be text or a message.</summary>
internal readonly record struct ProtobufField(int Number, ulong Value, ReadOnlyMemory<byte> Bytes)
{
    public string Text => Encoding.UTF8.GetString(Bytes.Span);

    public ProtobufField[] Message => ProtobufReader.Read(Bytes);
}

/// <summary>Reads protobuf's wire format, and refuses what is none: an unknown wire type, or a field that reaches beyond its message.</summary>
internal static class ProtobufReader
{
    public static ProtobufField[] Read(ReadOnlyMemory<byte> bytes)
    {
        var fields = new List<ProtobufField>();
        while (bytes.Length > 0)
        {
            ulong tag = Varint(ref bytes);
            int number = (int)(tag >> 3);
            if (number == 0) throw new InvalidDataException("field number 0");
            fields.Add((tag & 7) switch
            {
                0 => new ProtobufField(number, Varint(ref bytes), default),
                1 => new ProtobufField(number, BinaryPrimitives.ReadUInt64LittleEndian(Take(ref bytes, 8).Span), default),
                2 => new ProtobufField(number, 0, Take(ref bytes, Varint(ref bytes))),
                5 => new ProtobufField(number, BinaryPrimitives.ReadUInt32LittleEndian(Take(ref bytes, 4).Span), default),
                _ => throw new InvalidDataException($"wire type {tag & 7}"),
            });
        }

        return [.. fields];
    }

    private static ulong Varint(ref ReadOnlyMemory<byte> bytes)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte part = Take(ref bytes, 1).Span[0];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }

        throw new InvalidDataException("a varint of more than ten bytes");
    }

    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> bytes, ulong length)
    {
        if (length > (ulong)bytes.Length) throw new InvalidDataException("a field reaches beyond its message");
        ReadOnlyMemory<byte> taken = bytes[..(int)length];
        bytes = bytes[(int)length..];
        return taken;
    }
}
