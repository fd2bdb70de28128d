using System.Globalization;

namespace Encode.Master.Configuration;

/// <summary>Durations as flags spell them: a number and <c>ms</c>, <c>s</c>, <c>m</c> or <c>h</c>.</summary>
public static class DurationText
{
    private static readonly (string Suffix, double Seconds)[] Units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)];

    /// <summary>Longest duration that is read, so that no later sum overflows.</summary>
    private static readonly TimeSpan Max = TimeSpan.FromDays(365);

    /// <summary>Reads a duration such as <c>30s</c>.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        foreach ((string suffix, double seconds) in Units)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && double.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
                && number * seconds <= Max.TotalSeconds)
            {
                duration = TimeSpan.FromSeconds(number * seconds);
                return true;
            }
        }

        return false;
    }
}
