using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;

namespace Encode.Media.Pipeline;

/// <summary>Refuses what a job may say and this engine does not do yet, so that nothing that was asked for is left out in silence.</summary>
internal static class NotYet
{
    /// <summary>Looks for such a part.</summary>
    /// <exception cref="MediaException">There is one (class settings).</exception>
    public static void ThrowIfAsked(TranscodeRequest request)
    {
        EncodeSettings settings = request.Settings;
        string? part = settings.Subtitles.Count > 0 ? "subtitles"
            : settings.Quality ? "quality"
            : request.Pass.Number == 0 && settings.Video.Any(video => video.Passes > 1) ? "passes"
            : null;
        if (part is not null)
        {
            throw new MediaException(ErrorClass.Settings, $"open the outputs: '{part}' is not supported yet; leave it out");
        }
    }
}
