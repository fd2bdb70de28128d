using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;

namespace Encode.Media.Pipeline;

/// <summary>What an encoder may spend, in bit/s and bits; 0 where there is no such bound.</summary>
/// <param name="Average">Bitrate that is aimed at; 0 for constant quality.</param>
/// <param name="Peak">Bitrate at which a decoder's buffer (VBV) fills.</param>
/// <param name="Buffer">Size of that buffer in bits.</param>
internal readonly record struct BitBudget(long Average, long Peak, long Buffer)
{
    /// <summary>A source faster than this in frames a second gets the bitrate for fast ones, where the settings follow its rate.</summary>
    private const double FastRate = 30.5;

    private const double DefaultBufferSeconds = 2;

    /// <summary>Seconds that the buffer holds of the peak; 0 without a peak.</summary>
    public double BufferSeconds => Peak == 0 ? 0 : (double)Buffer / Peak;

    /// <summary>Reads the settings.</summary>
    /// <param name="video">The settings of a rendition.</param>
    /// <param name="rate">Its rate in frames a second.</param>
    public static BitBudget Of(VideoSettings video, Rational rate)
    {
        long average = rate.Value > FastRate && video.BitrateAbove30 is { } fast ? fast : video.Bitrate;
        long peak = video.RateControl switch
        {
            RateControlMode.Crf => video.MaxBitrate ?? 0,
            RateControlMode.Vbr => Math.Max(average, video.MaxBitrate ?? average * 3 / 2),
            RateControlMode.Cbr => average,
            _ => 0,
        };
        // libavcodec counts the buffer in an int.
        long buffer = (long)Math.Min(int.MaxValue, peak * (video.BufferSeconds ?? DefaultBufferSeconds));
        return new(video.RateControl == RateControlMode.Crf ? 0 : average, peak, buffer);
    }
}
