using System.Globalization;

namespace Encode.Master.Files;

/// <summary>A range of a file, as <c>Range</c> asks for one (RFC 9110, 14.1).</summary>
/// <param name="Start">First byte.</param>
/// <param name="Length">How many bytes.</param>
public readonly record struct ByteRange(long Start, long Length)
{
    private const string Unit = "bytes=";

    /// <summary>The last byte.</summary>
    public long End => Start + Length - 1;

    /// <summary>Reads a <c>Range</c> header.</summary>
    /// <param name="header">The header's value; null or empty when there is none.</param>
    /// <param name="fileLength">The file's length.</param>
    /// <param name="range">The range, when there is one to serve.</param>
    /// <returns>Whole when the file is to be sent as a whole: no header, one that is malformed, or several ranges, all of which RFC 9110 lets a server ignore.</returns>
    public static RangeAnswer Parse(string? header, long fileLength, out ByteRange range)
    {
        range = new ByteRange(0, fileLength);
        if (header is null || !header.StartsWith(Unit, StringComparison.OrdinalIgnoreCase) || header.Contains(',', StringComparison.Ordinal))
        {
            return RangeAnswer.Whole;
        }

        string[] ends = header[Unit.Length..].Trim().Split('-');
        long? first = ends.Length == 2 ? Number(ends[0]) : null;
        long? last = ends.Length == 2 ? Number(ends[1]) : null;
        if ((first is null && last is null) || first > last || (first is null && ends[0].Length > 0) || (last is null && ends[1].Length > 0))
        {
            return RangeAnswer.Whole;
        }

        long start = first ?? Math.Max(0, fileLength - last!.Value);
        long end = first is null ? fileLength - 1 : Math.Min(last ?? long.MaxValue, fileLength - 1);
        if (start > end)
        {
            return RangeAnswer.Unsatisfiable;
        }

        range = new ByteRange(start, end - start + 1);
        return RangeAnswer.Partial;
    }

    private static long? Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : null;
}
