namespace FFmpeg.AutoGen;

/// <summary>An array that lies inside a native struct.</summary>
public interface IFixedArray
{
    /// <summary>The number of elements.</summary>
    int Length { get; }
}

/// <summary>An array of <typeparamref name="T"/> that lies inside a native struct. An index past the end throws.</summary>
public interface IFixedArray<T> : IFixedArray
{
    /// <summary>The element at <paramref name="i"/>.</summary>
    T this[uint i] { get; set; }

    /// <summary>A copy of all elements.</summary>
    T[] ToArray();

    /// <summary>Takes over the first <see cref="IFixedArray.Length"/> elements of <paramref name="array"/>.</summary>
    void UpdateFrom(T[] array);
}
