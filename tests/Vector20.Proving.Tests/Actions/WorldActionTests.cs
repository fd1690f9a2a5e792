using Vector20.Proving.Actions;
using Vector20.Proving.Worlds;

namespace Vector20.Proving.Tests.Actions;

public class WorldActionTests
{
    private static readonly string[] s_alphabets =
        [Alphabets.Ints, Alphabets.Exceptions, Alphabets.Exits, Alphabets.Ipis, Alphabets.Lvts, Alphabets.SelfIpis, Alphabets.HostEvents, Alphabets.Touches, Alphabets.Memory, Alphabets.Classes];

    [Theory]
    [InlineData(1, false), InlineData(2, true)]
    public void Every_action_of_every_alphabet_is_read_back_from_its_words(int vcpus, bool x2Apic)
    {
        var world = new WorldOptions { Vcpus = vcpus, X2Apic = x2Apic };
        foreach (string alphabet in s_alphabets)
            foreach (WorldAction action in Alphabets.Named(alphabet, world))
                Assert.True(WorldAction.TryParse(action.ToString(), out WorldAction again) && again == action, action.ToString());
    }

    [Fact]
    public void Within_an_alphabet_no_action_comes_twice()
    {
        foreach (string alphabet in s_alphabets)
        {
            IReadOnlyList<WorldAction> actions = Alphabets.Named(alphabet, new WorldOptions { Vcpus = 2, X2Apic = true });
            Assert.Equal(actions.Count, actions.Distinct().Count());
        }
    }

    [Theory]
    [InlineData("host step"), InlineData("vcpu3 step"), InlineData("vcpu0 xsetbv"), InlineData("vcpu0 interrupt 255"), InlineData("vcpu0 ipi 0x00000000000c4014")]
    public void Words_of_this_kind_are_actions(string text) => Assert.True(WorldAction.TryParse(text, out _));

    [Theory]
    [InlineData(""), InlineData("step"), InlineData("vcpu0"), InlineData("vcpu step"), InlineData("vcpu-1 step"), InlineData("vcpu0 zap"), InlineData("host int-20"), InlineData("host nmi")]
    [InlineData("host interrupt 20"), InlineData("host touch read page0"), InlineData("host ipi 0x0"), InlineData("vcpu0 int-256"), InlineData("vcpu0 interrupt 256"), InlineData("vcpu0 interrupt 65556")]
    [InlineData("vcpu0 inject 20"), InlineData("vcpu0 inject 65542"), InlineData("vcpu0 inject 32"), InlineData("vcpu0 touch read page3"), InlineData("vcpu0 touch ud2 page0"), InlineData("vcpu0 touch read")]
    [InlineData("vcpu0 lvt clock 0x00005"), InlineData("vcpu0 self-ipi x"), InlineData("vcpu0 ipi 0xg"), InlineData("vcpu0  step"), InlineData("VCPU0 step"), InlineData("vcpu128 step")]
    public void Control_words_of_this_kind_are_none(string text) => Assert.False(WorldAction.TryParse(text, out _));
}
