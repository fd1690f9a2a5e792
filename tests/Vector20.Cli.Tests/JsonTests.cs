using Vector20.Cli.Output;
using Vector20.Machine.Images.Guests;
using Vector20.Proving.Questions;

namespace Vector20.Cli.Tests;

/// <summary>Documents name things as the command line does.</summary>
public class JsonTests
{
    [Fact]
    public void A_value_of_an_enumeration_has_the_name_that_the_command_line_takes()
    {
        foreach (GuestMode mode in Enum.GetValues<GuestMode>()) Assert.Equal($$"""{"mode":"{{Names.Of(mode)}}"}""", Json.Line(new { mode }));
        Assert.Equal("""{"mode":"virtual-8086"}""", Json.Line(new { mode = GuestMode.Virtual8086 }));
    }
}
