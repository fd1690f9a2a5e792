using Iced.Intel;
using Vector20.Machine.Processors.Decoding;

namespace Vector20.Machine.Processors.Execution.Vectors;

/// <summary>Moves of whole vector registers, aligned, unaligned and non-temporal.</summary>
[Manual("1", "10.4.1.1", "SSE Data Movement Instructions")]
[Manual("1", "11.4.1.1", "SSE2 Data Movement Instructions")]
internal static class FullMoves
{
    /// <summary>The semantics of an instruction of this group, or null.</summary>
    public static unsafe Handler Bind(in Instruction i) => i.Mnemonic switch
    {
        Mnemonic.Movaps or Mnemonic.Movapd or Mnemonic.Movdqa or Mnemonic.Vmovaps or Mnemonic.Vmovapd or Mnemonic.Vmovdqa => MoveForms.Bind(i, aligned: true),
        Mnemonic.Movntps or Mnemonic.Movntpd or Mnemonic.Movntdq or Mnemonic.Vmovntps or Mnemonic.Vmovntpd or Mnemonic.Vmovntdq => MoveForms.Bind(i, aligned: true),
        Mnemonic.Movntdqa or Mnemonic.Vmovntdqa => MoveForms.Bind(i, aligned: true),
        Mnemonic.Movups or Mnemonic.Movupd or Mnemonic.Movdqu or Mnemonic.Vmovups or Mnemonic.Vmovupd or Mnemonic.Vmovdqu => MoveForms.Bind(i, aligned: false),
        Mnemonic.Lddqu or Mnemonic.Vlddqu => MoveForms.Bind(i, aligned: false),
        _ => null,
    };
}
