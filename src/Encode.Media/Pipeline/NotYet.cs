using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;

namespace Encode.Media.Pipeline;

/// <summary>Refuses what a job may say and this engine does not do yet, so that nothing that was asked for is left out in silence.</summary>
internal static class NotYet
{
    /// <summary>Looks for such a part.</summary>
    /// <exception cref="MediaException">There is one (class settings).</exception>
    public static void ThrowIfAsked(EncodeSettings settings)
    {
        string? part = settings.Subtitles.Count > 0 ? "subtitles"
            : settings.Quality ? "quality"
            : settings.Video.Select(PartOf).FirstOrDefault(found => found is not null);
        if (part is not null)
        {
            throw new MediaException(ErrorClass.Settings, $"open the outputs: '{part}' is not supported yet; leave it out");
        }
    }

    private static string? PartOf(VideoSettings video) => video switch
    {
        { Passes: > 1 } => "passes",
        { Tune: not null } => "tune",
        { MaxBitrate: not null } => "rate_control.max_bitrate",
        { BufferSeconds: not null } => "rate_control.buffer_seconds",
        { Deinterlace: Deinterlacing.Off } => "deinterlace",
        { Hdr: HdrHandling.ToSdr } => "hdr",
        _ => null,
    };
}
