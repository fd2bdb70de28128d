using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Media.Libav;
using FFmpeg.AutoGen;

namespace Encode.Media.Pipeline;

/// <summary>
/// Decides the form of an output's sound and opens its encoder. The rule for channels: up to two are kept and more are mixed down to stereo,
/// unless the job names a number. The layout is the encoder's own of that many, which players know: surrounds at the side become surrounds at the
/// back, and one channel is mono whatever it is called. Mixing is by ITU-R BS.775: centre and surrounds at -3 dB, no LFE.
/// </summary>
internal static unsafe class AudioEncoderFactory
{
    private const int DefaultRate = 48000;

    // ISO/IEC 14496-3, table 1.18.
    private static readonly int[] AacRates = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];

    // RFC 6716, section 2: what its encoder takes; everything in between is resampled to the highest.
    private static readonly int[] OpusRates = [48000, 24000, 16000, 12000, 8000];

    // libavcodec's names, by the number of channels: RFC 7845, section 5.1.1.2, and ISO/IEC 14496-3, table 1.19. Of seven AAC has none that needs no
    // description of its own, which few players read.
    private static readonly string[] OpusLayouts = ["mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1"];
    private static readonly string[] AacLayouts = ["mono", "stereo", "3.0", "4.0", "5.0", "5.1", "6.1", "7.1"];

    /// <summary>What a track is encoded into: as the job asks, and for sound that was to be copied and cannot be, AAC, or Opus where one of its outputs takes no AAC.</summary>
    public static AudioCodec CodecFor(TranscodeRun run, SoundLane lane) => lane.Settings.Codec switch
    {
        AudioCodec.Copy => run.Outputs.Any(output => output.Settings.Container == Container.Webm && output.Has(lane.Track)) ? AudioCodec.Opus : AudioCodec.Aac,
        var asked => asked,
    };

    /// <summary>The output's sample rate for a source's.</summary>
    public static int RateFor(AudioSettings settings, AudioCodec codec, int sourceRate)
    {
        int wanted = settings.SampleRate ?? sourceRate;
        return (codec == AudioCodec.Opus ? OpusRates : AacRates).Contains(wanted) ? wanted : DefaultRate;
    }

    /// <summary>The output's channel layout for a source of so many channels; freed by nobody, since native orders own no memory.</summary>
    public static AVChannelLayout LayoutFor(AudioSettings settings, AudioCodec codec, int sourceChannels)
    {
        int wanted = settings.Channels ?? Math.Clamp(sourceChannels, 1, 2);
        string[] layouts = codec == AudioCodec.Opus ? OpusLayouts : AacLayouts;
        AVChannelLayout layout = default;
        ffmpeg.av_channel_layout_from_string(&layout, layouts[Math.Clamp(wanted, 1, layouts.Length) - 1]).ThrowIfError("choose the sound's channels");
        return layout;
    }

    /// <summary>Opens the encoder.</summary>
    /// <param name="settings">What the track is to be.</param>
    /// <param name="codec">AAC or Opus.</param>
    /// <param name="rate">Samples a second.</param>
    /// <param name="layout">Channels.</param>
    /// <exception cref="MediaException">It does not open (class settings).</exception>
    public static Encoder Open(AudioSettings settings, AudioCodec codec, int rate, AVChannelLayout layout)
    {
        string name = codec == AudioCodec.Opus ? "libopus" : "aac";
        Encoder encoder = Encoder.Create(name);
        try
        {
            AVCodecContext* context = encoder.Context;
            context->sample_fmt = codec == AudioCodec.Opus ? AVSampleFormat.AV_SAMPLE_FMT_FLT : AVSampleFormat.AV_SAMPLE_FMT_FLTP;
            context->sample_rate = rate;
            context->bit_rate = codec == AudioCodec.Opus ? OpusBitrate(settings, layout.nb_channels) : AacBitrate(settings, rate, layout.nb_channels);
            context->time_base = new AVRational { num = 1, den = rate };
            context->flags |= ffmpeg.AV_CODEC_FLAG_GLOBAL_HEADER;
            ffmpeg.av_channel_layout_copy(&context->ch_layout, &layout).ThrowIfError($"open encoder {name}");
            encoder.Open().ThrowIfError($"open encoder {name}", ErrorClass.Settings, $"it does not take {layout.nb_channels} channels at {rate} Hz and {context->bit_rate} bit/s");
            return encoder;
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    // A frame of 1024 samples holds at most 6144 bits a channel; the encoder would warn and clamp.
    private static long AacBitrate(AudioSettings settings, int rate, int channels) => Math.Min(settings.Bitrate, 6144L * channels * rate / 1024);

    // opus_encoder.c takes up to 256 kbit/s a channel and at least 500 bit/s.
    private static long OpusBitrate(AudioSettings settings, int channels) => Math.Clamp(settings.Bitrate, 6_000, 256_000L * channels);
}
