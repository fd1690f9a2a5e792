using System.Text;
using Vector20.Cli.Terminal;

namespace Vector20.Cli.Tests;

public class KeyboardTests
{
    [Theory]
    [InlineData("hello", "hello", 0)]
    [InlineData("a\u0001xb", "ab", 1)]
    [InlineData("a\u0001X", "a", 1)]
    [InlineData("a\u0001\u0001b", "a\u0001b", 0)]
    [InlineData("a\u0001qb", "ab", 0)]
    [InlineData("xX", "xX", 0)]
    public void Control_A_X_leaves_and_all_else_goes_to_the_guest(string typed, string received, int leaves)
    {
        int left = 0;
        var keyboard = new Keyboard(() => left++, interactive: true);
        foreach (char c in typed) keyboard.Type((byte)c);
        var text = new StringBuilder();
        while (keyboard.TryRead(out byte value)) text.Append((char)value);
        Assert.Equal(received, text.ToString());
        Assert.Equal(leaves, left);
    }

    [Fact]
    public void What_is_piped_in_reaches_the_guest_and_does_not_keep_it_alive()
    {
        var keyboard = new Keyboard(() => { }, interactive: false);
        Assert.False(keyboard.MayType);
        keyboard.Type((byte)'a');
        Assert.True(keyboard.MayType);
        Assert.True(keyboard.TryRead(out _));
        Assert.False(keyboard.MayType);
    }
}
