using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>What of decoded sound decides how it is filtered; when it changes, the graph does.</summary>
internal readonly record struct SoundForm(int Rate, int Format, int Channels, AVChannelOrder Order, ulong Mask)
{
    public static unsafe SoundForm Of(AVFrame* frame) => new(
        frame->sample_rate,
        frame->format,
        frame->ch_layout.nb_channels,
        frame->ch_layout.order,
        frame->ch_layout.order == AVChannelOrder.AV_CHANNEL_ORDER_NATIVE ? frame->ch_layout.u.mask : 0);
}
