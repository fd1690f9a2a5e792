namespace Vector20.Hypervisor;

/// <summary>What the check 'a guest never receives #VE' does when it fires.</summary>
public enum VeCheck
{
    /// <summary>The VM is dead: this run ends with a dump and every later one is refused.</summary>
    Kill,

    /// <summary>Dumps and resumes the guest. The information area stays busy, so the violation becomes an ordinary exit.</summary>
    Warn,

    /// <summary>No check: 'EPT-violation #VE' is 0 and bit 20 of the exception bitmap is clear.</summary>
    Off,
}
