using Vector20.Machine.Events;
using Vector20.Machine.Processors;

namespace Vector20.Machine.Tests.Execution;

/// <summary>Addresses, as bytes encode them: what an assembler would never write included.</summary>
public class OperandEncodingTests
{
    [Theory]
    [Manual("2A", "2.1.5", "Addressing-Mode Encoding of ModR/M and SIB Bytes")]
    [InlineData(RunnerMode.Real, "8D4712", 0x1_0008, 0ul, 0x1Aul)]
    [InlineData(RunnerMode.Real, "8D00", 0xFFFF, 2ul, 0x1ul)]
    [InlineData(RunnerMode.Protected32, "8D8330000000", 0xFFFF_FFF0, 0ul, 0x20ul)]
    [InlineData(RunnerMode.Protected32, "8D04F3", 1, 0x2000_0001ul, 9ul)]
    [InlineData(RunnerMode.Protected32, "678D00", 0xFFFF, 2ul, 0x1ul)]
    [InlineData(RunnerMode.Long, "488D047510000000", 0, 5ul, 0x1Aul)]
    [InlineData(RunnerMode.Long, "67488D4310", 0x1_FFFF_FFF8, 0ul, 8ul)]
    [InlineData(RunnerMode.Long, "488D0500FFFFFF", 0, 0ul, 0xF07ul)]
    [InlineData(RunnerMode.Long, "67488D05F9EFFFFF", 0, 0ul, 1ul)]
    [InlineData(RunnerMode.Long, "67488D05F0EFFFFF", 0, 0ul, 0xFFFF_FFF8ul)]
    [InlineData(RunnerMode.Long, "488D05FFFFFF7F", 0, 0ul, 0x8000_1006ul)]
    [InlineData(RunnerMode.Long, "488D0425000000F0", 0, 0ul, 0xFFFF_FFFF_F000_0000ul)]
    [InlineData(RunnerMode.Long, "67488D0425000000F0", 0, 0ul, 0xF000_0000ul)]
    [InlineData(RunnerMode.Long, "488D4424F8", 0, 0ul, CodeRunner.StackTop - 8)]
    public void Lea_shows_the_effective_address(RunnerMode mode, string code, ulong rbx, ulong rsi, ulong address)
    {
        using var runner = new CodeRunner(mode);
        (runner.P[3], runner.P[6]) = (rbx, rsi);
        runner.Run(Convert.FromHexString(code));
        Assert.Equal(address, runner.P[0]);
    }

    [Theory]
    [Manual("2B", "4.3", "MOV—Move")]
    [InlineData(RunnerMode.Real, "A10080")]
    [InlineData(RunnerMode.Real, "67A100800000")]
    [InlineData(RunnerMode.Protected32, "A100800000")]
    [InlineData(RunnerMode.Protected32, "67A10080")]
    [InlineData(RunnerMode.Long, "A10080000000000000")]
    [InlineData(RunnerMode.Long, "67A100800000")]
    public void An_accumulator_moves_from_an_offset_of_the_address_size(RunnerMode mode, string code)
    {
        using var runner = new CodeRunner(mode);
        runner.Write<ushort>(CodeRunner.DataAddress, 0x1234);
        runner.Run(Convert.FromHexString(code));
        Assert.Equal(0x1234ul, runner.P[0]);
    }

    [Fact]
    [Manual("2B", "4.3", "MOV—Move")]
    public void A_64_bit_offset_keeps_all_its_bits()
    {
        using var runner = new CodeRunner();
        runner.Run(0xA0, 0, 0, 0, 0, 0, 0, 0, 0x80);
        Assert.Equal(ExceptionVector.GeneralProtection, runner.Fault);
    }

    [Fact]
    [Manual("2A", "2.2.1.2", "More on REX Prefix Fields")]
    public void With_a_rex_prefix_the_byte_registers_4_to_7_are_the_low_bytes()
    {
        using var runner = new CodeRunner();
        (runner.P[0], runner.P[4], runner.P[15]) = (0x1200, 0x34, 0x56);
        runner.Run(0x88, 0xE1, 0x40, 0x88, 0xE2, 0x44, 0x88, 0xFB);
        Assert.Equal((0x12ul, 0x34ul, 0x56ul), (runner.P[1], runner.P[2], runner.P[3]));
    }

    [Theory]
    [Manual("1", "3.3.7.1", "Canonical Addressing")]
    [Manual("1", "3.4.2.1", "Segment Registers in 64-Bit Mode")]
    [InlineData(new byte[] { 0x8B, 0x03 }, ExceptionVector.GeneralProtection)]
    [InlineData(new byte[] { 0x36, 0x8B, 0x03 }, ExceptionVector.GeneralProtection)]
    [InlineData(new byte[] { 0x8B, 0x45, 0x00 }, ExceptionVector.StackFault)]
    [InlineData(new byte[] { 0x3E, 0x8B, 0x45, 0x00 }, ExceptionVector.StackFault)]
    public void In_64_bit_mode_the_base_register_alone_says_which_fault_a_non_canonical_address_is(byte[] code, ExceptionVector fault)
    {
        using var runner = new CodeRunner();
        runner.P[3] = runner.P[5] = 1ul << 63;
        runner.Run(code);
        Assert.Equal(fault, runner.Fault);
    }

    [Fact]
    [Manual("2A", "2.1.1", "Instruction Prefixes")]
    public void Fs_and_gs_have_bases_in_64_bit_mode()
    {
        using var runner = new CodeRunner();
        runner.P.SetSegment(SegmentName.Gs, runner.P.Segment(SegmentName.Gs) with { Base = CodeRunner.DataAddress });
        runner.Write<byte>(CodeRunner.DataAddress + 3, 0x5A);
        runner.P[3] = 3;
        runner.Run(0x65, 0x8A, 0x03);
        Assert.Equal(0x5Aul, runner.P[0]);
    }

    [Theory]
    [Manual("2A", "3.3", "LOCK—Assert LOCK# Signal Prefix")]
    [InlineData("F001C8")]
    [InlineData("F090")]
    [InlineData("F08B03")]
    [InlineData("F03903")]
    [InlineData("F0C1E001")]
    public void A_lock_prefix_where_nothing_in_memory_is_modified_is_an_invalid_opcode(string code)
    {
        foreach (RunnerMode mode in Enum.GetValues<RunnerMode>())
        {
            using var runner = new CodeRunner(mode);
            runner.P[3] = CodeRunner.DataAddress;
            runner.Run(Convert.FromHexString(code));
            Assert.Equal(ExceptionVector.InvalidOpcode, runner.Fault);
        }
    }

    [Fact]
    [Manual("2A", "3.3", "LOCK—Assert LOCK# Signal Prefix")]
    public void A_lock_prefix_on_a_modification_of_memory_is_accepted()
    {
        using var runner = new CodeRunner();
        runner.P[3] = CodeRunner.DataAddress;
        runner.Run(0xF0, 0xFF, 0x03);
        Assert.Equal(1u, runner.Read<uint>(CodeRunner.DataAddress));
    }

    [Theory]
    [Manual("2A", "2.5", "VEX Encoding Support for GPR Instructions")]
    [InlineData(RunnerMode.Real, ExceptionVector.InvalidOpcode)]
    [InlineData(RunnerMode.Protected16, null)]
    public void Real_mode_does_not_know_vex(RunnerMode mode, ExceptionVector? fault)
    {
        using var runner = new CodeRunner(mode);
        (runner.P[1], runner.P[2]) = (0xF0, 0xFF);
        runner.Run(0xC4, 0xE2, 0x70, 0xF2, 0xC2);
        Assert.Equal(fault, runner.Fault);
        if (fault is null) Assert.Equal(0x0Ful, runner.P[0]);
    }
}
