using System.Globalization;
using Encode.Contracts.Scenarios;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>NVENC's settings, alike for its three formats.</summary>
internal static unsafe class NvencOptions
{
    public static void Set(Encoder encoder, EncoderOrder order)
    {
        AVCodecContext* context = encoder.Context;
        BitBudget bits = order.Bits;
        context->bit_rate = bits.Average;
        context->rc_max_rate = bits.Peak;
        context->rc_buffer_size = (int)bits.Buffer;
        if (order.Video.RateControl == RateControlMode.Crf)
        {
            // Its 0 is no number but leaves the choice to it.
            encoder.Option("cq", Math.Max(1, order.Entry.CrfFor(order.Video)).ToString(CultureInfo.InvariantCulture));
        }

        encoder.Option("preset", EncoderWords.PresetOn(order.Entry.Kind, order.Video));
        encoder.Option("tune", "hq");
        encoder.Option("rc", order.Video.RateControl == RateControlMode.Cbr ? "cbr" : "vbr");
        encoder.Option("no-scenecut", "1");
        encoder.Option("strict_gop", "1");
        encoder.Option("forced-idr", "1");
    }
}
