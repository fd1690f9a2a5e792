using Iced.Intel;
using Vector20.Machine.Images.Guests;
using Vector20.Machine.Memory;
using Vector20.Machine.Processors;
using Vector20.Machine.Processors.Decoding;
using Vector20.Machine.Processors.Translation;
using static Iced.Intel.AssemblerRegisters;

namespace Vector20.Machine.Tests.Memory.Code;

/// <summary>A processor executes what memory holds, however and whenever it got there (SDM 3A 12.6: at the latest after the next jump; here at once).</summary>
[Manual("3A", "12.6", "Self-Modifying Code")]
public class SelfModifyingCodeTests
{
    private const byte Nop = 0x90;
    private const uint Straddling = GuestLayout.Code + 0xFFE;

    /// <summary>Block lengths that cut the code in different places, and how often blocks run before they are translated.</summary>
    public static TheoryData<int, int> BlockLengths => new() { { 1, 0 }, { 2, 0 }, { 3, 0 }, { 64, 0 }, { 2, 1 }, { 64, 1 }, { 64, 2 } };

    [Theory, MemberData(nameof(BlockLengths))]
    public void A_byte_written_ahead_in_the_same_block_is_executed_as_written(int blockLength, int translateAfter)
    {
        using Guest guest = Load(blockLength, translateAfter, a =>
        {
            Label target = a.CreateLabel();
            a.lea(rbx, __[target]);
            a.mov(__byte_ptr[rbx + 1], 42);
            a.Label(ref target);
            a.mov(al, 7);
        });
        guest.Run();
        Assert.True(guest.Finished);
        Assert.Equal(42ul, guest.Processor[0] & 0xFF);
    }

    [Theory, MemberData(nameof(BlockLengths))]
    public void A_loop_may_rewrite_its_own_immediate_each_time(int blockLength, int translateAfter)
    {
        using Guest guest = Load(blockLength, translateAfter, a =>
        {
            Label target = a.CreateLabel(), loop = a.CreateLabel();
            a.lea(rbx, __[target]);
            a.mov(ecx, 5);
            a.xor(edx, edx);
            a.Label(ref loop);
            a.mov(__byte_ptr[rbx + 1], cl);
            a.Label(ref target);
            a.mov(al, 99);
            a.movzx(eax, al);
            a.add(edx, eax);
            a.dec(ecx);
            a.jne(loop);
        });
        guest.Run();
        Assert.Equal(5ul + 4 + 3 + 2 + 1, guest.Processor[2]);
    }

    [Theory, MemberData(nameof(BlockLengths))]
    public void A_write_through_another_linear_address_of_the_page_counts(int blockLength, int translateAfter)
    {
        const uint Alias = 0x6_0000;
        var builder = new GuestBuilder(GuestMode.Long).Page(Alias, GuestLayout.Code | 3).Code(a =>
        {
            Label target = a.CreateLabel();
            a.lea(rbx, __[target]);
            a.mov(__byte_ptr[rbx + (Alias - GuestLayout.Code) + 1], 42);
            a.Label(ref target);
            a.mov(al, 7);
        });
        using Guest guest = builder.Load(Options(blockLength, translateAfter));
        guest.Run();
        Assert.Equal(42ul, guest.Processor[0] & 0xFF);
    }

    [Theory, MemberData(nameof(BlockLengths))]
    public void An_instruction_over_two_pages_sees_a_write_to_either_half(int blockLength, int translateAfter)
    {
        foreach (int half in (ReadOnlySpan<int>)[0, 1])
        {
            byte write = (byte)(1 + 2 * half);
            byte[] loop = [0xB8, 0x44, 0x33, 0x22, 0x11, 0xC6, 0x43, write, 0x55, 0xFF, 0xC9, 0x75, 0xF3, 0xFF, 0xE5];
            using Guest guest = new GuestBuilder(GuestMode.Long).Bytes(Straddling, loop).Code(a =>
            {
                Label end = a.CreateLabel();
                a.mov(ecx, 2);
                a.mov(rbx, Straddling);
                a.lea(rbp, __[end]);
                a.jmp(rbx);
                a.Label(ref end);
                a.nop();
            }).Load(Options(blockLength, translateAfter));
            guest.Run();
            Assert.True(guest.Finished);
            Assert.Equal(half == 0 ? 0x11223355ul : 0x11553344, guest.Processor[0]);
        }
    }

    [Fact]
    public void Data_beside_code_can_be_written_without_the_code_being_decoded_anew()
    {
        var loop = new Label();
        using Guest guest = Load(64, 1, a =>
        {
            loop = a.CreateLabel();
            Label data = a.CreateLabel(), end = a.CreateLabel();
            a.mov(ecx, 100);
            a.lea(rbx, __[data]);
            a.Label(ref loop);
            a.inc(__qword_ptr[rbx]);
            a.dec(ecx);
            a.jne(loop);
            a.jmp(end);
            a.Label(ref data);
            a.dq(0);
            a.Label(ref end);
            a.nop();
        });
        guest.Run(20);
        PhysicalMemory memory = guest.Computer.Memory;
        Block? LoopBlock() => memory.Pool.Code(memory.FrameForReading(GuestLayout.Code))?.Find((int)guest.AddressOf(loop) & 0xFFF, CodeMode.Bits64);
        Block decoded = Assert.IsType<Block>(LoopBlock());
        guest.Run();
        Assert.True(guest.Finished);
        Assert.Equal(100ul, memory.Read<ulong>(new PhysicalAddress(guest.Processor[3])));
        Assert.Same(decoded, LoopBlock());
    }

    [Fact]
    public void A_page_that_was_data_becomes_code_and_is_written_again()
    {
        using Guest guest = Load(64, 1, a =>
        {
            Label loop = a.CreateLabel(), called = a.CreateLabel();
            a.mov(rbx, GuestLayout.Data);
            a.mov(ecx, 3);
            a.xor(edx, edx);
            a.Label(ref loop);
            a.mov(__byte_ptr[rbx], 0xB0);
            a.mov(__byte_ptr[rbx + 1], cl);
            a.mov(__byte_ptr[rbx + 2], 0xC3);
            a.call(rbx);
            a.movzx(eax, al);
            a.add(edx, eax);
            a.mov(__byte_ptr[rbx + 0x800], 1);
            a.dec(ecx);
            a.jne(loop);
        });
        guest.Run();
        Assert.True(guest.Finished);
        Assert.Equal(3ul + 2 + 1, guest.Processor[2]);
    }

    [Theory, MemberData(nameof(BlockLengths))]
    public void What_one_processor_writes_another_executes(int blockLength, int translateAfter)
    {
        var spin = new Label();
        using Guest guest = new GuestBuilder(GuestMode.Long).Code(a =>
        {
            spin = a.CreateLabel();
            Label end = a.CreateLabel();
            a.mov(ecx, 1000);
            Label wait = a.CreateLabel();
            a.Label(ref wait);
            a.dec(ecx);
            a.jne(wait);
            a.lea(rbx, __[spin]);
            a.mov(__word_ptr[rbx], Nop << 8 | Nop);
            a.jmp(end);
            a.Label(ref spin);
            a.jmp(spin);
            a.mov(edx, 42);
            a.Label(ref end);
            a.nop();
        }).Load(Options(blockLength, translateAfter) with { Processors = 2 });
        Processor other = guest.Computer.Processors[1];
        guest.Enter(other);
        other.InstructionPointer = guest.AddressOf(spin);
        guest.Computer.Run(20_000, TestContext.Current.CancellationToken);
        Assert.Equal(42ul, other[2]);
    }

    [Fact]
    public void The_host_may_write_code_too()
    {
        using Guest guest = Load(64, 1, a =>
        {
            Label loop = a.CreateLabel();
            a.Label(ref loop);
            a.jmp(loop);
        });
        guest.Run(100);
        Assert.False(guest.Finished);
        guest.Computer.Memory.Write(new PhysicalAddress(GuestLayout.Code), new byte[] { Nop, Nop });
        guest.Run(100);
        Assert.True(guest.Finished);
    }

    private static Guest Load(int blockLength, int translateAfter, Action<Assembler> code) => new GuestBuilder(GuestMode.Long).Code(code).Load(Options(blockLength, translateAfter));

    private static ComputerOptions Options(int blockLength, int translateAfter) => new() { MemorySize = 4 << 20, BlockLength = blockLength, Translation = new TranslationOptions(translateAfter, AtOnce: true) };
}
