using System.Globalization;

namespace Encode.Contracts;

/// <summary>Reads durations as people write them on command lines: <c>500ms</c>, <c>10s</c>, <c>1.5m</c>, <c>2h</c>, or seconds without a unit.</summary>
public static class DurationText
{
    private static readonly (string Unit, double Seconds)[] Units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("", 1)];

    /// <summary>Reads a duration.</summary>
    /// <returns>False when the text is anything else, negative, or above a day.</returns>
    public static bool TryParse(string text, out TimeSpan value)
    {
        (string unit, double seconds) = Array.Find(Units, candidate => text.EndsWith(candidate.Unit, StringComparison.Ordinal));
        bool ok = double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            && number * seconds <= TimeSpan.SecondsPerDay;
        value = ok ? TimeSpan.FromSeconds(number * seconds) : default;
        return ok;
    }
}
