using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Encode.Master.Files;

/// <summary>
/// Which part of a file an upload brings, as <c>Content-Range</c> says it: <c>bytes A-B/T</c>; <c>bytes A-B/*</c> while nobody knows yet how long the
/// file gets, so that more is to come; or <c>bytes */T</c> to ask how much is here, which also ends a file that is all here.
/// </summary>
/// <param name="Start">First byte of the body; null for a question.</param>
/// <param name="End">Last byte of the body.</param>
/// <param name="Total">Length of the whole file; null while that is not known.</param>
public sealed record ContentRange(long? Start, long End, long? Total)
{
    private const string Unit = "bytes ";

    /// <summary>The rule as one phrase, for error messages.</summary>
    public const string Rule = "Content-Range is 'bytes FIRST-LAST/TOTAL', with '*' for a total that is not known yet, or 'bytes */TOTAL' with an empty body to ask how much is here";

    /// <summary>Reads a <c>Content-Range</c> header.</summary>
    public static bool TryParse(string header, [NotNullWhen(true)] out ContentRange? range)
    {
        range = null;
        string[] halves = header.StartsWith(Unit, StringComparison.OrdinalIgnoreCase) ? header[Unit.Length..].Trim().Split('/') : [];
        long? total = halves.Length == 2 ? Number(halves[1]) : null;
        if (halves.Length != 2 || (total is null && halves[1] != "*"))
        {
            return false;
        }

        if (halves[0] == "*")
        {
            range = new ContentRange(null, -1, total);
            return true;
        }

        string[] ends = halves[0].Split('-');
        if (ends.Length != 2 || Number(ends[0]) is not { } start || Number(ends[1]) is not { } end || start > end || end >= total)
        {
            return false;
        }

        range = new ContentRange(start, end, total);
        return true;
    }

    private static long? Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : null;
}
