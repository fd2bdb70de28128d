using System.Globalization;
using Encode.Contracts.Scenarios;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// x265's settings. libavcodec's wrapper knows neither passes nor constant bitrates, so these go through x265's own parameters:
/// <c>pass</c> and <c>stats</c>, and <c>strict-cbr</c>, which holds the VBV more closely and fills up what is missing.
/// </summary>
internal static unsafe class X265Options
{
    public static void Set(Encoder encoder, EncoderOrder order)
    {
        AVCodecContext* context = encoder.Context;
        encoder.Option("preset", EncoderWords.PresetOn(order.Entry.Kind, order.Video));
        if (order.Video.Tune is { } tune)
        {
            encoder.Option("tune", tune);
        }

        // Captions of the pictures, which its wrapper leaves out unasked.
        encoder.Option("a53cc", "1");
        BitBudget bits = order.Bits;
        context->bit_rate = bits.Average;
        context->rc_max_rate = bits.Peak;
        context->rc_buffer_size = (int)bits.Buffer;
        if (order.Video.RateControl == RateControlMode.Crf)
        {
            encoder.Option("crf", order.Entry.CrfFor(order.Video).ToString(CultureInfo.InvariantCulture));
        }

        encoder.Option("x265-params", Parameters(order));
    }

    private static string Parameters(EncoderOrder order)
    {
        List<string> parameters = ["scenecut=0:open-gop=0:log-level=error", order.Threads.EncoderOption(VideoCodec.Hevc)!.Value.Value];
        if (order.Video.RateControl == RateControlMode.Cbr)
        {
            parameters.Add(order.FillsUp ? "hrd=1:strict-cbr=1" : "hrd=1");
        }

        if (order.Pass.Statistics is { } statistics)
        {
            // As x264 does by default, the first pass looks at the source with fast settings; x265 would make it as slow as the second.
            parameters.Add(string.Create(CultureInfo.InvariantCulture, $"pass={order.Pass.Number}:stats={statistics}:slow-firstpass=0"));
        }

        return string.Join(':', parameters);
    }
}
