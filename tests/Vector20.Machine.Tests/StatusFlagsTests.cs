using Vector20.Machine.Processors;

namespace Vector20.Machine.Tests;

public class StatusFlagsTests
{
    [Fact]
    [Manual("1", "3.4.3.1", "Status Flags")]
    public void Any_combination_of_the_six_flags_can_be_held()
    {
        for (uint bits = 0; bits < 64; bits++)
        {
            uint value = (bits & 1) | (bits >> 1 & 1) << 2 | (bits >> 2 & 1) << 4 | (bits >> 3 & 1) << 6 | (bits >> 4 & 1) << 7 | (bits >> 5 & 1) << 11;
            var flags = new StatusFlags { Value = value };
            Assert.Equal(value, flags.Value);
        }
    }

    [Theory]
    [InlineData(0x7F, 1, 0x80, Eflags.SF | Eflags.OF | Eflags.AF)]
    [InlineData(0xFF, 1, 0x00, Eflags.CF | Eflags.ZF | Eflags.PF | Eflags.AF)]
    [InlineData(0x80, 0x80, 0x00, Eflags.CF | Eflags.ZF | Eflags.PF | Eflags.OF)]
    public void An_eight_bit_addition_sets_the_flags_of_its_carries(byte a, byte b, byte sum, uint expected)
    {
        var flags = default(StatusFlags);
        flags.Set(sum, (byte)(a & b | (a | b) & ~sum));
        Assert.Equal(expected, flags.Value);
    }
}
