namespace Vector20.Machine.Images;

/// <summary>Why an image is refused, in one line: where the trouble is, what it is, and how to mend it.</summary>
/// <param name="Where">The file, or the option.</param>
/// <param name="What">What is wrong there.</param>
/// <param name="Mend">What to do about it.</param>
public readonly record struct ImageError(string Where, string What, string Mend)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Where}: {What}; {Mend}";
}
