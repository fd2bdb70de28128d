using System.Globalization;
using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Hardware;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Opens every video encoder through one door, on the first filtered picture: x264, x265 and SVT-AV1 read mastering display and content
/// light only before they open. Key frames stand at exact multiples of the GOP and nowhere else (no scene cut adds one), and every GOP is
/// closed, so that a segment can be cut at any of them.
/// </summary>
internal static unsafe class VideoEncoderFactory
{
    /// <summary>Clock of pictures that keep their own times: fine enough for every rate, and the one that broadcast uses (ISO/IEC 13818-1).</summary>
    public static readonly AVRational KeptTimes = new() { num = 1, den = 90_000 };

    /// <summary>Opens an encoder for pictures like the first one.</summary>
    /// <param name="entry">Which encoder.</param>
    /// <param name="video">What it is to make.</param>
    /// <param name="rate">Constant rate in frames a second.</param>
    /// <param name="first">Gives size, format, colour and side data.</param>
    /// <param name="threads">Who may use how many threads.</param>
    /// <exception cref="MediaException">It does not open here (class capability for hardware).</exception>
    public static Encoder Open(VideoEncoderEntry entry, VideoSettings video, Rational rate, AVFrame* first, ThreadBudget threads)
    {
        if (entry.Kind == EncoderChoice.Nvenc)
        {
            NvencLibraries.ThrowIfMissing(entry.Name);
        }

        Encoder encoder = Encoder.Create(entry.Name);
        try
        {
            SetPicture(encoder.Context, rate, video.KeepsTimes, first);
            SetRate(encoder, entry, video, rate);
            SetOptions(encoder, entry, video, threads);
            int code = encoder.Open();
            if (code < 0)
            {
                throw DidNotOpen(entry, code);
            }

            return encoder;
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    /// <summary>Frames between key frames.</summary>
    public static int GopFrames(VideoSettings video, Rational rate) => Math.Max(1, (int)Math.Round(video.GopSeconds * rate.Value));

    private static MediaException DidNotOpen(VideoEncoderEntry entry, int code) => entry.Kind == EncoderChoice.Software
        ? LibavError.Create(code, $"open encoder {entry.Name}", ErrorClass.Settings, "it refuses these settings")
        : new MediaException(
            ErrorClass.Capability,
            $"open encoder {entry.Name}: this host has no usable NVENC ({LibavError.Describe(code)}); choose a scenario without -nvenc or another host")
        {
            NativeCode = code,
        };

    private static void SetPicture(AVCodecContext* context, Rational rate, bool keepsTimes, AVFrame* first)
    {
        context->width = first->width;
        context->height = first->height;
        context->pix_fmt = (AVPixelFormat)first->format;
        context->sample_aspect_ratio = new AVRational { num = 1, den = 1 };
        context->time_base = keepsTimes ? KeptTimes : new AVRational { num = rate.Denominator, den = rate.Numerator };
        context->framerate = new AVRational { num = rate.Numerator, den = rate.Denominator };
        context->color_primaries = first->color_primaries;
        context->color_trc = first->color_trc;
        context->colorspace = first->colorspace;
        context->color_range = first->color_range;
        context->chroma_sample_location = first->chroma_location;
        for (int i = 0; i < first->nb_side_data; i++)
        {
            AVFrameSideData* data = first->side_data[i];
            if (data->type is AVFrameSideDataType.AV_FRAME_DATA_MASTERING_DISPLAY_METADATA or AVFrameSideDataType.AV_FRAME_DATA_CONTENT_LIGHT_LEVEL)
            {
                ffmpeg.av_frame_side_data_clone(&context->decoded_side_data, &context->nb_decoded_side_data, data, 0)
                    .ThrowIfError("copy the picture's HDR metadata");
            }
        }
    }

    private static void SetRate(Encoder encoder, VideoEncoderEntry entry, VideoSettings video, Rational rate)
    {
        AVCodecContext* context = encoder.Context;
        context->gop_size = GopFrames(video, rate);
        context->keyint_min = context->gop_size;
        context->flags |= unchecked((int)(ffmpeg.AV_CODEC_FLAG_GLOBAL_HEADER | ffmpeg.AV_CODEC_FLAG_CLOSED_GOP));
        if (video.RateControl == RateControlMode.Crf)
        {
            double quality = video.Crf ?? 23;
            // libavcodec's default of 2 Mbit/s would cap a quality target.
            context->bit_rate = 0;
            encoder.Option(entry.Kind == EncoderChoice.Nvenc ? "cq" : "crf", quality.ToString(CultureInfo.InvariantCulture));
            return;
        }

        long bitrate = rate.Value > 30.5 && video.BitrateAbove30 is { } fast ? fast : video.Bitrate;
        context->bit_rate = bitrate;
        if (video.RateControl is RateControlMode.Vbr or RateControlMode.Cbr)
        {
            context->rc_max_rate = video.RateControl == RateControlMode.Cbr ? bitrate : bitrate * 3 / 2;
            context->rc_buffer_size = (int)Math.Min(int.MaxValue, context->rc_max_rate * 2);
        }
    }

    private static void SetOptions(Encoder encoder, VideoEncoderEntry entry, VideoSettings video, ThreadBudget threads)
    {
        encoder.Context->thread_count = threads.Encoder;
        switch (entry.Name)
        {
            case "libx264":
                encoder.Option("preset", video.Preset);
                encoder.Option("x264-params", "scenecut=0:open-gop=0");
                break;
            case "libx265":
                encoder.Option("preset", video.Preset);
                encoder.Option("x265-params", $"scenecut=0:open-gop=0:log-level=error:{threads.EncoderOption(VideoCodec.Hevc)!.Value.Value}");
                break;
            case "libsvtav1":
                encoder.Option("preset", video.Preset);
                encoder.Option("svtav1-params", $"scd=0:{threads.EncoderOption(VideoCodec.Av1)!.Value.Value}");
                break;
            default:
                // Presets of the software encoders mean nothing here; p4 is NVENC's middle, at high quality tuning.
                encoder.Option("preset", "p4");
                encoder.Option("tune", "hq");
                encoder.Option("rc", video.RateControl == RateControlMode.Cbr ? "cbr" : "vbr");
                encoder.Option("no-scenecut", "1");
                encoder.Option("strict_gop", "1");
                encoder.Option("forced-idr", "1");
                break;
        }
    }
}
