using System.Globalization;

namespace Encode.Contracts.Jobs;

/// <summary>Bitrates as people write them: <c>128k</c>, <c>20M</c>, <c>2.5M</c>, or plain bit/s.</summary>
public static class Bitrate
{
    /// <summary>The rule as one phrase, for error messages.</summary>
    public const string Rule = "a bitrate is a number of bit/s, or text such as \"128k\" or \"20M\"";

    /// <summary>Reads a bitrate.</summary>
    /// <param name="text">Digits with an optional fraction and an optional <c>k</c> or <c>M</c> (powers of 1000).</param>
    /// <param name="bitsPerSecond">The bitrate in bit/s.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out long bitsPerSecond)
    {
        bitsPerSecond = 0;
        decimal unit = text is [.., 'k' or 'K'] ? 1_000 : text is [.., 'M'] ? 1_000_000 : 1;
        ReadOnlySpan<char> digits = unit == 1 ? text : text[..^1];
        if (!decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value) || value > long.MaxValue / unit)
        {
            return false;
        }

        decimal bits = value * unit;
        bitsPerSecond = (long)bits;
        return bitsPerSecond == bits;
    }
}
