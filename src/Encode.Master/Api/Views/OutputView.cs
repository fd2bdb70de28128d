using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;

namespace Encode.Master.Api;

/// <summary>An output of a job.</summary>
/// <param name="Url">Where it goes.</param>
/// <param name="Container">Its file format.</param>
/// <param name="IfExists">What happens when the name is taken.</param>
/// <param name="Video">Names of the video renditions in it.</param>
/// <param name="Audio">Names of the audio renditions in it.</param>
public sealed record OutputView(string Url, Container Container, IfExists IfExists, IReadOnlyList<string> Video, IReadOnlyList<string> Audio)
{
    /// <summary>An output as users see it.</summary>
    public static OutputView Of(EncodeSettings settings, OutputSettings content, JobOutput place) => new(
        place.Url,
        content.Container,
        place.IfExists,
        [.. content.VideoOf(settings).Select(video => video.Name)],
        [.. content.AudioOf(settings).Select(audio => audio.Name)]);
}
