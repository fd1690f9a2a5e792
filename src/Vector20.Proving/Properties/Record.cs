using System.Collections;

namespace Vector20.Proving.Properties;

/// <summary>What was recorded, oldest first. To go through it costs nothing but the looking, and properties do so after every action.</summary>
/// <typeparam name="T">What is recorded.</typeparam>
public sealed class Record<T> : IReadOnlyList<T> where T : struct
{
    private T[] _items = new T[16];

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <summary>One of them.</summary>
    public ref readonly T this[int index] => ref _items.AsSpan(0, Count)[index];

    /// <inheritdoc/>
    T IReadOnlyList<T>.this[int index] => this[index];

    /// <summary>Each of them.</summary>
    public ReadOnlySpan<T>.Enumerator GetEnumerator() => new ReadOnlySpan<T>(_items, 0, Count).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator<T> IEnumerable<T>.GetEnumerator() => ((IEnumerable<T>)new ArraySegment<T>(_items, 0, Count)).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<T>)this).GetEnumerator();

    internal void Add(in T item)
    {
        if (Count == _items.Length) Array.Resize(ref _items, Count * 2);
        _items[Count++] = item;
    }

    internal void Clear() => Count = 0;
}
