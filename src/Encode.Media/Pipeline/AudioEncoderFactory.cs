using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>Decides the form of the output's sound and opens libav's AAC encoder for it.</summary>
internal static unsafe class AudioEncoderFactory
{
    private const int DefaultRate = 48000;

    // ISO/IEC 14496-3, table 1.18.
    private static readonly int[] AacRates = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];

    /// <summary>The output's sample rate for a source's.</summary>
    public static int RateFor(AudioSettings settings, int sourceRate) =>
        settings.SampleRate ?? (AacRates.Contains(sourceRate) ? sourceRate : DefaultRate);

    /// <summary>The output's channels for a source's: up to two are kept, more are mixed down.</summary>
    public static int ChannelsFor(AudioSettings settings, int sourceChannels) => settings.Channels ?? Math.Clamp(sourceChannels, 1, 2);

    /// <summary>Opens the encoder.</summary>
    public static Encoder Open(AudioSettings settings, int rate, int channels)
    {
        if (settings.Codec != AudioCodec.Aac)
        {
            throw new MediaException(ErrorClass.Settings, $"open the sound encoder: {settings.Codec.ToString().ToLowerInvariant()} is not supported yet; ask for aac");
        }

        Encoder encoder = Encoder.Create("aac");
        try
        {
            AVCodecContext* context = encoder.Context;
            context->sample_fmt = AVSampleFormat.AV_SAMPLE_FMT_FLTP;
            context->sample_rate = rate;
            context->bit_rate = BitrateFor(settings, rate, channels);
            context->time_base = new AVRational { num = 1, den = rate };
            context->flags |= ffmpeg.AV_CODEC_FLAG_GLOBAL_HEADER;
            ffmpeg.av_channel_layout_default(&context->ch_layout, channels);
            encoder.Open().ThrowIfError("open encoder aac", ErrorClass.Settings, "it refuses these settings");
            return encoder;
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    // A frame of 1024 samples holds at most 6144 bits a channel; the encoder would warn and clamp.
    private static long BitrateFor(AudioSettings settings, int rate, int channels) =>
        Math.Min(settings.Bitrate, 6144L * channels * rate / 1024);
}
