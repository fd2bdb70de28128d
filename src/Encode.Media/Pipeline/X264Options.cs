using System.Globalization;
using Encode.Contracts.Scenarios;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// x264's settings. A VBV bounds constant quality (capped CRF) and an average alike. A constant bitrate is a VBV that fills as fast as the
/// average; the buffering messages of a decoder model (HRD) go with it, and filler only where it is wanted.
/// </summary>
internal static unsafe class X264Options
{
    public static void Set(Encoder encoder, EncoderOrder order)
    {
        AVCodecContext* context = encoder.Context;
        encoder.Option("preset", EncoderWords.PresetOn(order.Entry.Kind, order.Video));
        encoder.Option("x264-params", "scenecut=0:open-gop=0");
        if (order.Video.Tune is { } tune)
        {
            encoder.Option("tune", tune);
        }

        BitBudget bits = order.Bits;
        // libavcodec's default of 2 Mbit/s would cap a quality target.
        context->bit_rate = bits.Average;
        context->rc_max_rate = bits.Peak;
        context->rc_buffer_size = (int)bits.Buffer;
        if (order.Video.RateControl == RateControlMode.Crf)
        {
            encoder.Option("crf", order.Entry.CrfFor(order.Video).ToString(CultureInfo.InvariantCulture));
        }
        else if (order.Video.RateControl == RateControlMode.Cbr)
        {
            encoder.Option("nal-hrd", order.FillsUp ? "cbr" : "vbr");
        }

        if (order.Pass.Statistics is { } statistics)
        {
            // The first pass is made with the fast settings that x264 has for it (its default).
            context->flags |= order.Pass.Number == 1 ? ffmpeg.AV_CODEC_FLAG_PASS1 : ffmpeg.AV_CODEC_FLAG_PASS2;
            encoder.Option("stats", statistics);
        }
    }
}
