using Iced.Intel;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors.Execution;

namespace Vector20.Machine.Processors.Decoding;

/// <summary>Bytes to blocks. Iced decodes; <see cref="InstructionTable"/> binds each instruction to its semantics.</summary>
internal sealed unsafe class BlockDecoder(int maximumLength)
{
    private const int LongestInstruction = 15;
    private readonly FrameReader _reader = new();
    private readonly List<Operation> _operations = [];

    /// <summary>The most instructions in a block: a power to trade, never a difference in what the guest sees.</summary>
    public int MaximumLength { get; } = maximumLength;

    /// <summary>
    /// Decodes the block that starts at RIP. Null when its first instruction reaches into a page that cannot be fetched from: the
    /// fault is raised.
    /// </summary>
    /// <param name="p">The processor that fetches: its mode, its CPU model, its translation of the next page.</param>
    /// <param name="frame">The frame that holds the first byte.</param>
    /// <param name="offset">Offset of the first byte in its page.</param>
    /// <param name="limit">Bytes from there to the end of the code segment.</param>
    /// <param name="most">The most instructions to decode.</param>
    public Block? Decode(Processor p, int frame, int offset, ulong limit, int most)
    {
        FramePool pool = p.Computer.Memory.Pool;
        int inPage = 0x1000 - offset;
        _reader.Start(new ReadOnlySpan<byte>(pool.Data(frame) + offset, inPage), (int)Math.Min(limit, 0x2000));
        _operations.Clear();
        Decoder decoder = Decoder.Create(BitsOf(p.Mode), _reader, p.Model.DecoderOptions);
        decoder.IP = 0;
        int length = 0, second = -1;
        var flow = FlowControl.Next;
        while (_operations.Count < Math.Min(most, MaximumLength))
        {
            decoder.Decode(out Instruction instruction);
            if (decoder.LastError == DecoderError.NoMoreBytes || length + instruction.Length > inPage)
            {
                if (length != 0) break;
                if (!ReadStraddling(p, offset, inPage, limit, out instruction, out second)) return null;
            }

            Operation op = Bind(p, instruction, length, out bool ends);
            _operations.Add(op);
            flow = instruction.FlowControl;
            length += op.Length;
            if (ends || length >= inPage) break;
        }

        return new Block(offset, p.Mode, [.. _operations], length) { Frame = frame, SecondFrame = second, GoesAnywhere = flow is FlowControl.Return or FlowControl.IndirectBranch or FlowControl.IndirectCall };
    }

    /// <summary>Decodes one instruction from its bytes alone, for messages and for exits that report instruction information.</summary>
    public static Instruction DecodeOne(CodeMode mode, byte[] bytes, ulong rip)
    {
        Decoder decoder = Decoder.Create(BitsOf(mode), new ByteArrayCodeReader(bytes), rip);
        decoder.Decode(out Instruction instruction);
        return instruction;
    }

    private static int BitsOf(CodeMode mode) => mode switch { CodeMode.Bits64 => 64, CodeMode.Bits32 => 32, _ => 16 };

    /// <summary>An instruction whose bytes lie in two pages: the second is translated as a fetch of its own.</summary>
    private bool ReadStraddling(Processor p, int offset, int inPage, ulong limit, out Instruction instruction, out int second)
    {
        instruction = default;
        second = -1;
        FramePool pool = p.Computer.Memory.Pool;
        if (limit > (ulong)inPage)
        {
            ulong next = p.Linear(SegmentName.Cs, p.Rip + (uint)inPage & p.InstructionPointerMask);
            if (!CodeFetch.Frame(p, next, out second)) return false;
            _reader.Append(new ReadOnlySpan<byte>(pool.Data(second), LongestInstruction), (int)Math.Min(limit, 0x2000));
        }

        Decoder decoder = Decoder.Create(BitsOf(p.Mode), _reader.Restart(), p.Model.DecoderOptions);
        decoder.IP = 0;
        decoder.Decode(out instruction);
        if (decoder.LastError == DecoderError.NoMoreBytes) return p.Refuse(Events.ExceptionVector.GeneralProtection, 0);
        return true;
    }

    private Operation Bind(Processor p, in Instruction instruction, int offset, out bool ends)
    {
        if (instruction.IsInvalid)
        {
            ends = true;
            Handler fault = _reader.OnlyPrefixesFrom(offset, LongestInstruction) ? &Undefined.TooLong : &Undefined.InvalidOpcode;
            return new Operation { Execute = fault, Offset = (ushort)offset, Length = (byte)Math.Max(1, instruction.Length) };
        }

        Operation op = OperandEncoder.Encode(instruction, p.Mode);
        op.Offset = (ushort)offset;
        op.Execute = InstructionTable.Bind(p.Model, instruction, out ends);
        return op;
    }

    /// <summary>The bytes of a page, and of the next one's beginning, as Iced reads them.</summary>
    private sealed class FrameReader : CodeReader
    {
        private readonly byte[] _bytes = new byte[0x1000 + LongestInstruction];
        private int _length, _position;

        public void Start(ReadOnlySpan<byte> page, int limit)
        {
            page.CopyTo(_bytes);
            _length = Math.Min(page.Length, limit);
            _position = 0;
        }

        public void Append(ReadOnlySpan<byte> next, int limit)
        {
            next.CopyTo(_bytes.AsSpan(_length));
            _length = Math.Min(_length + next.Length, limit);
        }

        public FrameReader Restart()
        {
            _position = 0;
            return this;
        }

        public bool OnlyPrefixesFrom(int start, int count)
        {
            if (start + count > _length) return false;
            foreach (byte prefix in _bytes.AsSpan(start, count))
            {
                bool legacy = prefix is 0x26 or 0x2E or 0x36 or 0x3E or (>= 0x64 and <= 0x67) or 0xF0 or 0xF2 or 0xF3;
                if (!legacy && prefix is not (>= 0x40 and <= 0x4F)) return false;
            }

            return true;
        }

        public override int ReadByte() => _position < _length ? _bytes[_position++] : -1;
    }
}
