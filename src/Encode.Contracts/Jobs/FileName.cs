namespace Encode.Contracts.Jobs;

/// <summary>
/// The names of files that the master keeps: up to eight segments of <c>[A-Za-z0-9][A-Za-z0-9._-]{0,199}</c> with slashes
/// between them. No segment can be <c>.</c> or <c>..</c>, nothing needs an escape in a URL, and a name never becomes a path.
/// </summary>
public static class FileName
{
    /// <summary>Most segments in a name.</summary>
    public const int MaxSegments = 8;

    /// <summary>Most characters in a segment.</summary>
    public const int MaxSegmentChars = 200;

    /// <summary>The rule as one phrase, for error messages.</summary>
    public const string Rule = "a file name is up to 8 segments of letters, digits, '.', '_' and '-', each beginning with a letter or digit, with '/' between them";

    /// <summary>Whether a name follows the rule.</summary>
    public static bool IsValid(ReadOnlySpan<char> name)
    {
        int segments = 0;
        foreach (Range range in name.Split('/'))
        {
            if (++segments > MaxSegments || !IsSegment(name[range]))
            {
                return false;
            }
        }

        return segments > 0;
    }

    private static bool IsSegment(ReadOnlySpan<char> segment)
    {
        if (segment.Length is 0 or > MaxSegmentChars || !char.IsAsciiLetterOrDigit(segment[0]))
        {
            return false;
        }

        foreach (char c in segment)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
            {
                return false;
            }
        }

        return true;
    }
}
