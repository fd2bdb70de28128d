using Encode.Contracts.Jobs;
using static Encode.Media.Tests.Conformance.ConformanceSource;

namespace Encode.Media.Tests.Conformance;

/// <summary>Every rate as the source's own, and from one rate to another.</summary>
internal static class RateCases
{
    private static readonly (int Numerator, int Denominator)[] Rates =
    [
        (15, 1), (24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (48, 1), (50, 1), (60000, 1001), (60, 1), (100, 1), (120000, 1001), (120, 1),
    ];

    private static readonly (string From, int Numerator, int Denominator)[] Changes =
    [
        ("24", 60, 1), ("24000/1001", 30000, 1001), ("25", 30, 1), ("60", 30, 1), ("30", 24, 1), ("50", 25, 1), ("60000/1001", 24000, 1001), ("15", 60, 1), ("30", 30000, 1001),
    ];

    public static readonly ConformanceCase[] All =
    [
        .. from rate in Rates
           from extension in (string[])["mp4", "mkv"]
           select Case($"rate-{rate.Numerator}-{rate.Denominator}.{extension}", $"{Picture($"{rate.Numerator}/{rate.Denominator}")} {Tone(48000)} {H264} -c:a {(extension == "mp4" ? "aac" : "pcm_s16le")}") with
           {
               Rate = $"{rate.Numerator}/{rate.Denominator}",
           },
        .. Changes.Select(change => Case($"from-{change.From.Replace('/', '-')}-to-{change.Numerator}-{change.Denominator}.mp4", $"{Picture(change.From)} {H264}") with
        {
            Rate = $"{change.Numerator}/{change.Denominator}",
            Reference = $"-r {change.Numerator}/{change.Denominator}",
            Change = video => video with { FrameRate = new Rational(change.Numerator, change.Denominator) },
        }),
    ];
}
