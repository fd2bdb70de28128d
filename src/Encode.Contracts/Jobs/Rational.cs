using System.Globalization;
using System.Text.Json.Serialization;
using Encode.Contracts.Json;

namespace Encode.Contracts.Jobs;

/// <summary>An exact ratio such as a frame rate. Written <c>60</c> or <c>30000/1001</c>.</summary>
/// <param name="Numerator">Above the line; positive for a frame rate.</param>
/// <param name="Denominator">Below the line; positive.</param>
[JsonConverter(typeof(RationalConverter))]
public readonly record struct Rational(int Numerator, int Denominator)
{
    /// <summary>The nearest double.</summary>
    public double Value => (double)Numerator / Denominator;

    /// <inheritdoc/>
    public override string ToString() => Denominator == 1
        ? Numerator.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Numerator}/{Denominator}");

    /// <summary>Reads <c>60</c> or <c>30000/1001</c>.</summary>
    /// <returns>False when the text is anything else, or a part is not positive.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out Rational value)
    {
        value = default;
        int slash = text.IndexOf('/');
        ReadOnlySpan<char> above = slash < 0 ? text : text[..slash];
        int denominator = 1;
        if (!int.TryParse(above, NumberStyles.None, CultureInfo.InvariantCulture, out int numerator) || numerator <= 0)
        {
            return false;
        }

        if (slash >= 0 && (!int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out denominator) || denominator <= 0))
        {
            return false;
        }

        value = new Rational(numerator, denominator);
        return true;
    }
}
