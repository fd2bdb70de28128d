using Encode.Contracts.Scenarios;
using Encode.Media.Hardware;

namespace Encode.Media.Pipeline;

/// <summary>Chooses the encoder of a rendition, before anything is opened.</summary>
internal static class EncoderChoosing
{
    /// <summary>The encoder the settings ask for, or the software one where they allow to fall back on it.</summary>
    /// <exception cref="MediaException">It is not to be had (class capability), or cannot do what is asked (class settings).</exception>
    public static VideoEncoderEntry Choose(TranscodeRun run, VideoSettings video)
    {
        try
        {
            VideoEncoderEntry entry = VideoEncoderTable.Find(video.Codec, video.Encoder);
            if (entry.Kind == EncoderChoice.Nvenc)
            {
                NvencLibraries.ThrowIfMissing(entry.Name);
            }

            entry.ThrowUnlessItCan(video);
            return entry;
        }
        catch (MediaException error) when (video.Fallback == EncoderFallback.Software && video.Encoder is not (EncoderChoice.Software or EncoderChoice.Auto))
        {
            run.Note($"Encoded in software: {error.Message}.");
            VideoEncoderEntry software = VideoEncoderTable.Find(video.Codec, EncoderChoice.Software);
            software.ThrowUnlessItCan(video);
            return software;
        }
    }
}
