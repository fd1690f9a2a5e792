using System.Diagnostics.CodeAnalysis;

namespace Vector20.Machine.Images;

/// <summary>Either a value that was checked while it was read and needs no more checking, or why there is none.</summary>
public readonly struct Parsed<T> where T : class
{
    private readonly T? _value;

    private Parsed(T? value, ImageError error)
    {
        _value = value;
        Error = error;
    }

    /// <summary>Why there is no value.</summary>
    public ImageError Error { get; }

    /// <summary>The value, or else the reason.</summary>
    public bool TryGet([NotNullWhen(true)] out T? value, out ImageError error)
    {
        (value, error) = (_value, Error);
        return value is not null;
    }

    /// <summary>A value.</summary>
    public static implicit operator Parsed<T>(T value) => new(value, default);

    /// <summary>A refusal.</summary>
    public static implicit operator Parsed<T>(ImageError error) => new(null, error);
}
