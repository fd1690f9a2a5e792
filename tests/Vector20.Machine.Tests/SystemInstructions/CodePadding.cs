using Iced.Intel;
using Vector20.Machine.Images.Guests;

namespace Vector20.Machine.Tests.SystemInstructions;

/// <summary>Fills code with NOPs, so that what follows lies at a known offset.</summary>
internal static class CodePadding
{
    /// <summary>Fills up to an offset from the code's first byte.</summary>
    public static void To(Assembler a, int offset)
    {
        var stream = new MemoryStream();
        a.Assemble(new StreamCodeWriter(stream), GuestLayout.Code);
        for (int i = (int)stream.Length; i < offset; i++) a.nop();
    }
}
