using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Libav;
using FFmpeg.AutoGen;
using static System.FormattableString;

namespace Encode.Media.Pipeline;

/// <summary>
/// SVT-AV1's settings. It has a hard peak for constant quality only. A bitrate with a peak is an average whose GOPs are kept below the
/// peak, without a promise for each second. A constant bitrate exists only in its low delay structure, which has no pictures that refer forward
/// and so needs more bits for the same look.
/// </summary>
internal static unsafe class SvtAv1Options
{
    /// <summary>Most that it takes as a bitrate, in bit/s.</summary>
    private const long MaxBitrate = 100_000_000;

    /// <summary>Bounds of its buffer, in milliseconds.</summary>
    private const int MinBuffer = 20;
    private const int MaxBuffer = 10_000;

    /// <summary>Bound of a GOP's share of the average bitrate, in percent.</summary>
    private const long MaxSectionPercent = 10_000;

    /// <summary>Part of the buffer that is full when a constant bitrate starts and that it aims at: SVT-AV1's own 600 of 1000 ms.</summary>
    private const double BufferLevel = 0.6;

    public static void Set(Encoder encoder, EncoderOrder order)
    {
        BitBudget bits = order.Bits;
        if (Math.Max(bits.Average, bits.Peak) > MaxBitrate)
        {
            throw new MediaException(ErrorClass.Settings, $"open encoder {order.Entry.Name}: it makes at most {MaxBitrate / 1_000_000} Mbit/s; ask for less or another codec");
        }

        AVCodecContext* context = encoder.Context;
        // A parameter that it does not know would only be warned of.
        context->err_recognition |= ffmpeg.AV_EF_EXPLODE;
        encoder.Option("preset", EncoderWords.PresetOn(order.Entry.Kind, order.Video));
        context->bit_rate = bits.Average;
        if (order.Rate.Value < 1)
        {
            // It divides by the whole part of the rate. A picture a second at as many bits a picture is the same to it.
            context->framerate = new AVRational { num = 1, den = 1 };
            context->bit_rate = Math.Min(MaxBitrate, (long)(bits.Average / order.Rate.Value));
        }

        if (order.Video.RateControl == RateControlMode.Crf)
        {
            context->rc_max_rate = bits.Peak;
            context->rc_buffer_size = (int)Math.Min(bits.Buffer, bits.Peak * MaxBuffer / 1000);
        }

        encoder.Option("svtav1-params", Parameters(order, bits));
    }

    private static string Parameters(EncoderOrder order, BitBudget bits)
    {
        List<string> parameters = ["scd=0", order.Threads.EncoderOption(VideoCodec.Av1)!.Value.Value];
        if (TuneNumber(order.Video.Tune) is { } tune)
        {
            parameters.Add(Invariant($"tune={tune}"));
        }

        int buffer = (int)Math.Clamp(bits.BufferSeconds * 1000, MinBuffer, MaxBuffer);
        switch (order.Video.RateControl)
        {
            case RateControlMode.Crf:
                // Through its own parameter, since the wrapper takes 0 for no wish. The scale has whole numbers only.
                parameters.Add(Invariant($"crf={Math.Round(order.Entry.CrfFor(order.Video))}"));
                break;
            case RateControlMode.Vbr:
                parameters.Add(Invariant($"maxsection-pct={Math.Min(MaxSectionPercent, bits.Peak * 100 / bits.Average)}:buf-sz={buffer}"));
                break;
            case RateControlMode.Cbr:
                int level = Math.Max(MinBuffer, (int)(buffer * BufferLevel));
                parameters.Add(Invariant($"rc=2:pred-struct=1:buf-sz={buffer}:buf-initial-sz={level}:buf-optimal-sz={level}"));
                break;
            default:
                break;
        }

        return string.Join(':', parameters);
    }

    private static int? TuneNumber(string? tune) => tune switch
    {
        null => null,
        "vq" => 0,
        "psnr" => 1,
        "ssim" => 2,
        _ => throw new MediaException(ErrorClass.Settings, $"open encoder libsvtav1: it has no tune '{tune}'; it has vq, psnr and ssim"),
    };
}
