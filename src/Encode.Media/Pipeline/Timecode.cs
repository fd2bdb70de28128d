using Encode.Contracts.Jobs;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// The label of a picture (SMPTE ST 12-1). Labels count hours, minutes, seconds and pictures at a whole rate; at 30000/1001 and 60000/1001 they may
/// leave out numbers (drop frame) so as to keep up with the clock on the wall, and otherwise fall behind it by a thousandth.
/// </summary>
/// <param name="Number">Pictures from midnight.</param>
/// <param name="Rate">Pictures a second.</param>
/// <param name="IsDropFrame">Whether numbers are left out.</param>
internal readonly unsafe record struct Timecode(long Number, Rational Rate, bool IsDropFrame)
{
    /// <summary>How far a picture may begin before the instant that it is looked up by, in pictures: a rate's rounding, far below one picture.</summary>
    private const double Rounding = 0.01;

    /// <summary>Part of the numbers that drop frame uses.</summary>
    private const double KeptOfDropFrame = 0.999;

    private bool KeepsUp => IsDropFrame || IsWhole(Rate);

    private int WholeRate => WholeOf(Rate);

    /// <summary>Labels a second of the clock that they tell: drop frame leaves 108 of 108,000 out each hour.</summary>
    private double Pace => IsDropFrame ? WholeRate * KeptOfDropFrame : WholeRate;

    /// <summary>Reads a label such as <c>10:00:00:00</c>, or with a semicolon <c>01:00:00;02</c> for drop frame.</summary>
    /// <returns>Null when it is none, or the rate has none.</returns>
    public static Timecode? Parse(string text, Rational rate)
    {
        AVTimecode native;
        return HasLabels(rate) && ffmpeg.av_timecode_init_from_string(&native, Native(rate), text, null) >= 0
            ? new Timecode(native.start, rate, (native.flags & (uint)AVTimecodeFlag.AV_TIMECODE_FLAG_DROPFRAME) != 0)
            : null;
    }

    /// <summary>Reads a label as pictures of H.264 and HEVC carry it (SMPTE ST 12-2, in libavutil's 32 bits).</summary>
    public static Timecode? FromSmpte(uint bits, Rational rate)
    {
        byte* text = stackalloc byte[MaxText];
        return Parse(LibavError.Text(ffmpeg.av_timecode_make_smpte_tc_string2(text, Native(rate), bits, 0, 0)), rate);
    }

    /// <summary>The label so many pictures later.</summary>
    public Timecode After(long pictures) => this with { Number = Number + pictures };

    /// <summary>The label of the picture that is shown at the same moment at another rate.</summary>
    /// <returns>Null when that rate has no labels that run as fast.</returns>
    public Timecode? At(Rational rate)
    {
        if (rate == Rate)
        {
            return this;
        }

        if (!HasLabels(rate))
        {
            return null;
        }

        if (!KeepsUp)
        {
            return IsWhole(rate) ? null : new Timecode(Number * WholeOf(rate) / WholeRate, rate, false);
        }

        bool isDropFrame = !IsWhole(rate);
        var other = new Timecode(0, rate, isDropFrame);
        return isDropFrame && other.WholeRate % 30 != 0 ? null : other.After((long)((Number / Pace * other.Pace) + Rounding));
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        const uint Day = (uint)AVTimecodeFlag.AV_TIMECODE_FLAG_24HOURSMAX;
        byte* text = stackalloc byte[MaxText];
        AVTimecode native;
        uint flags = Day | (IsDropFrame ? (uint)AVTimecodeFlag.AV_TIMECODE_FLAG_DROPFRAME : 0);
        ffmpeg.av_timecode_init(&native, Native(Rate), (int)flags, 0, null).ThrowIfError("name a timecode");
        long day = (long)Math.Round(24 * 3600 * Pace);
        return LibavError.Text(ffmpeg.av_timecode_make_string(&native, text, (int)(((Number % day) + day) % day)));
    }

    /// <summary>Room for a label: libavutil's AV_TIMECODE_STR_SIZE.</summary>
    private const int MaxText = 23;

    private static bool HasLabels(Rational rate) => ffmpeg.av_timecode_check_frame_rate(Native(rate)) >= 0;

    private static bool IsWhole(Rational rate) => rate.Numerator % rate.Denominator == 0;

    private static int WholeOf(Rational rate) => (int)Math.Round(rate.Value);

    private static AVRational Native(Rational rate) => new() { num = rate.Numerator, den = rate.Denominator };
}
