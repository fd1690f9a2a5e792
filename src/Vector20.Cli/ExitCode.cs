namespace Vector20.Cli;

/// <summary>What the process answers.</summary>
public static class ExitCode
{
    /// <summary>The answer is good: alive, proved.</summary>
    public const int Good = 0;

    /// <summary>The property fails: the VM was killed, the claim refuted.</summary>
    public const int Fails = 1;

    /// <summary>Bad usage or bad input.</summary>
    public const int Usage = 2;

    /// <summary>Not decided: a limit was reached, or the guest needs what this version lacks.</summary>
    public const int Undecided = 3;

    /// <summary>A defect of Vector20 itself.</summary>
    public const int Defect = 70;
}
