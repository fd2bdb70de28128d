namespace Encode.Agent.Transfers;

/// <summary>The parts of a file that are present: sorted, disjoint, never touching half-open intervals. Not thread-safe.</summary>
public sealed class IntervalSet
{
    private readonly List<(long Start, long End)> _parts = [];

    /// <summary>Number of separate parts.</summary>
    public int Count => _parts.Count;

    /// <summary>Bytes present in all.</summary>
    public long Total => _parts.Sum(part => part.End - part.Start);

    /// <summary>Adds [start, end); overlaps and neighbours are merged.</summary>
    public void Add(long start, long end)
    {
        if (start >= end)
        {
            return;
        }

        int first = _parts.FindIndex(part => part.End >= start);
        first = first < 0 ? _parts.Count : first;
        int last = first;
        for (; last < _parts.Count && _parts[last].Start <= end; last++)
        {
            start = Math.Min(start, _parts[last].Start);
            end = Math.Max(end, _parts[last].End);
        }

        _parts.RemoveRange(first, last - first);
        _parts.Insert(first, (start, end));
    }

    /// <summary>Where the part that holds an offset ends; the offset itself when it is missing.</summary>
    public long EndOfPresent(long offset)
    {
        foreach ((long start, long end) in _parts)
        {
            if (start <= offset && offset < end)
            {
                return end;
            }
        }

        return offset;
    }

    /// <summary>Where the gap at an offset ends: the start of the next part, or <paramref name="length"/>.</summary>
    public long EndOfGap(long offset, long length)
    {
        foreach ((long start, _) in _parts)
        {
            if (start > offset)
            {
                return Math.Min(start, length);
            }
        }

        return length;
    }

    /// <summary>The first missing offset at or after one, wrapping to the start; -1 when all of [0, length) is present.</summary>
    public long FirstMissing(long from, long length)
    {
        long at = EndOfPresent(from);
        if (at < length)
        {
            return at;
        }

        at = EndOfPresent(0);
        return at < length ? at : -1;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear() => _parts.Clear();
}
