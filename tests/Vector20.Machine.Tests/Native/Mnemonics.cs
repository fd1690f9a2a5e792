using Iced.Intel;

namespace Vector20.Machine.Tests.Native;

/// <summary>The instructions that are compared: general-purpose, without effects that differ from run to run.</summary>
internal static class Mnemonics
{
    private static readonly HashSet<Mnemonic> s_all =
    [
        Mnemonic.Add, Mnemonic.Or, Mnemonic.Adc, Mnemonic.Sbb, Mnemonic.And, Mnemonic.Sub, Mnemonic.Xor, Mnemonic.Cmp, Mnemonic.Test,
        Mnemonic.Inc, Mnemonic.Dec, Mnemonic.Not, Mnemonic.Neg, Mnemonic.Mov, Mnemonic.Movnti, Mnemonic.Movdiri, Mnemonic.Lea, Mnemonic.Xlatb,
        Mnemonic.Movzx, Mnemonic.Movsx, Mnemonic.Movsxd, Mnemonic.Cbw, Mnemonic.Cwde, Mnemonic.Cdqe, Mnemonic.Cwd, Mnemonic.Cdq, Mnemonic.Cqo,
        Mnemonic.Xchg, Mnemonic.Xadd, Mnemonic.Bswap, Mnemonic.Movbe, Mnemonic.Cmpxchg, Mnemonic.Cmpxchg8b, Mnemonic.Cmpxchg16b,
        Mnemonic.Push, Mnemonic.Pop, Mnemonic.Enter, Mnemonic.Leave,
        Mnemonic.Shl, Mnemonic.Sal, Mnemonic.Shr, Mnemonic.Sar, Mnemonic.Rol, Mnemonic.Ror, Mnemonic.Rcl, Mnemonic.Rcr, Mnemonic.Shld, Mnemonic.Shrd,
        Mnemonic.Mul, Mnemonic.Imul, Mnemonic.Div, Mnemonic.Idiv, Mnemonic.Mulx, Mnemonic.Bt, Mnemonic.Bts, Mnemonic.Btr, Mnemonic.Btc,
        Mnemonic.Bsf, Mnemonic.Bsr, Mnemonic.Lzcnt, Mnemonic.Tzcnt, Mnemonic.Popcnt, Mnemonic.Andn, Mnemonic.Bextr, Mnemonic.Blsi, Mnemonic.Blsmsk,
        Mnemonic.Blsr, Mnemonic.Bzhi, Mnemonic.Pdep, Mnemonic.Pext, Mnemonic.Rorx, Mnemonic.Sarx, Mnemonic.Shlx, Mnemonic.Shrx,
        Mnemonic.Adcx, Mnemonic.Adox, Mnemonic.Crc32, Mnemonic.Movsb, Mnemonic.Movsw, Mnemonic.Movsd, Mnemonic.Movsq, Mnemonic.Cmpsb, Mnemonic.Cmpsw,
        Mnemonic.Cmpsd, Mnemonic.Cmpsq, Mnemonic.Scasb, Mnemonic.Scasw, Mnemonic.Scasd, Mnemonic.Scasq, Mnemonic.Lodsb, Mnemonic.Lodsw, Mnemonic.Lodsd,
        Mnemonic.Lodsq, Mnemonic.Stosb, Mnemonic.Stosw, Mnemonic.Stosd, Mnemonic.Stosq, Mnemonic.Stc, Mnemonic.Clc, Mnemonic.Cmc, Mnemonic.Std,
        Mnemonic.Cld, Mnemonic.Lahf, Mnemonic.Sahf, Mnemonic.Nop, Mnemonic.Pause, Mnemonic.Endbr64, Mnemonic.Lfence, Mnemonic.Mfence, Mnemonic.Sfence,
        Mnemonic.Prefetchnta, Mnemonic.Prefetcht0, Mnemonic.Prefetcht1, Mnemonic.Prefetcht2, Mnemonic.Prefetchw, Mnemonic.Clflush,
        Mnemonic.Clflushopt, Mnemonic.Clwb, Mnemonic.Jmp, Mnemonic.Call, Mnemonic.Ret, Mnemonic.Loop, Mnemonic.Loope, Mnemonic.Loopne,
        Mnemonic.Jcxz, Mnemonic.Jecxz, Mnemonic.Jrcxz, Mnemonic.Pusha, Mnemonic.Pushad, Mnemonic.Popa, Mnemonic.Popad,
        Mnemonic.Daa, Mnemonic.Das, Mnemonic.Aaa, Mnemonic.Aas, Mnemonic.Aam, Mnemonic.Aad, Mnemonic.Salc,
    ];

    public static bool Contains(Mnemonic mnemonic)
    {
        string name = mnemonic.ToString();
        return s_all.Contains(mnemonic) || name.StartsWith("Cmov", StringComparison.Ordinal) || name.StartsWith("Set", StringComparison.Ordinal)
            || IsConditionalJump(mnemonic);
    }

    /// <summary>Whether it may set RIP.</summary>
    public static bool IsBranch(Mnemonic mnemonic) =>
        mnemonic is Mnemonic.Jmp or Mnemonic.Call or Mnemonic.Ret or Mnemonic.Loop or Mnemonic.Loope or Mnemonic.Loopne || IsConditionalJump(mnemonic);

    private static bool IsConditionalJump(Mnemonic mnemonic) =>
        mnemonic is not (Mnemonic.Jmp or Mnemonic.Jmpe) && mnemonic.ToString().StartsWith('J') && !mnemonic.ToString().StartsWith("Jk", StringComparison.Ordinal);
}
