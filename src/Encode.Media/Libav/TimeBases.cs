using FFmpeg.AutoGen;

namespace Encode.Media.Libav;

/// <summary>Conversions between libav's time bases and the pipeline's clock, which counts nanoseconds from the start of the output.</summary>
internal static class TimeBases
{
    /// <summary>One second on the pipeline's clock.</summary>
    public const long Second = 1_000_000_000;

    /// <summary>Ticks of a time base as nanoseconds, rounded to nearest.</summary>
    public static long ToNanoseconds(long ticks, AVRational timeBase) => Scale(ticks, timeBase.num * (Int128)Second, timeBase.den);

    /// <summary>Nanoseconds as ticks of a time base, rounded to nearest.</summary>
    public static long FromNanoseconds(long nanoseconds, AVRational timeBase) => Scale(nanoseconds, timeBase.den, timeBase.num * (Int128)Second);

    /// <summary>Rounds value × numerator ÷ denominator to nearest, halves away from zero.</summary>
    public static long Scale(long value, Int128 numerator, Int128 denominator)
    {
        Int128 product = value * numerator;
        Int128 half = denominator / 2;
        return (long)((Int128.IsNegative(product) ? product - half : product + half) / denominator);
    }
}
