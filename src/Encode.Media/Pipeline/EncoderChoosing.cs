using Encode.Contracts.Scenarios;
using Encode.Media.Hardware;

namespace Encode.Media.Pipeline;

/// <summary>Chooses the encoder of a rendition, before anything is opened, and another when it does not open.</summary>
internal static class EncoderChoosing
{
    /// <summary>The encoder the settings ask for, or the software one where they allow to fall back on it.</summary>
    /// <exception cref="MediaException">It is not to be had (class capability), or cannot do what is asked (class settings).</exception>
    public static VideoEncoderEntry Choose(TranscodeRun run, VideoSettings video)
    {
        try
        {
            VideoEncoderEntry entry = VideoEncoderTable.Find(video.Codec, video.Encoder);
            if (entry.Kind == EncoderChoice.Nvenc && !run.Request.TriesWithoutDriver)
            {
                NvencLibraries.ThrowIfMissing(entry.Name);
            }

            entry.ThrowUnlessItCan(video);
            return entry;
        }
        catch (MediaException error) when (MayFallBack(video))
        {
            return FallBack(run, video, error);
        }
    }

    /// <summary>Whether software may take the place of what was asked for.</summary>
    public static bool MayFallBack(VideoSettings video) => video.Fallback == EncoderFallback.Software && !EncoderWords.IsSoftware(video.Encoder);

    /// <summary>The software encoder in the place of one that is not to be had; the result says so, and why.</summary>
    /// <exception cref="MediaException">It cannot do what is asked (class settings).</exception>
    public static VideoEncoderEntry FallBack(TranscodeRun run, VideoSettings video, MediaException cause)
    {
        VideoEncoderEntry software = VideoEncoderTable.Find(video.Codec, EncoderChoice.Software);
        software.ThrowUnlessItCan(video);
        run.Note($"Encoded in software: {cause.Message}.");
        return software;
    }

    /// <summary>Settings in the words of the encoder that is used: one that stands in for another has presets and tunes of its own.</summary>
    public static VideoSettings InWordsOf(VideoEncoderEntry encoder, VideoSettings video) => encoder.Kind == EncoderChoice.Software && !EncoderWords.IsSoftware(video.Encoder)
        ? video with { Preset = EncoderWords.PresetOn(encoder.Kind, video), Tune = EncoderWords.TuneOn(encoder.Kind, video) }
        : video;
}
