using Encode.Contracts.Jobs;
using Encode.Master.Store;

namespace Encode.Master.Scheduling;

/// <summary>What a job asks of the node that runs it.</summary>
/// <param name="Encoders">The encoders of all its renditions, each kind once.</param>
/// <param name="Paths">Paths that media roots must hold: of its input and its outputs, where they are <c>file:</c>.</param>
public sealed record JobNeeds(IReadOnlyList<EncoderNeed> Encoders, IReadOnlyList<string> Paths)
{
    /// <summary>What a stored job asks for.</summary>
    public static JobNeeds Of(JobRow job) => new(
        [.. job.Settings.Video.Select(video => new EncoderNeed(video.Codec, video.Encoder, video.Fallback, video.BitDepth)).Distinct()],
        [.. PathsOf(job)]);

    private static IEnumerable<string> PathsOf(JobRow job)
    {
        if (job.InputUrl is { } input && JobUrl.TryParse(input, out JobUrl? url, out _) && url.Kind == JobUrlKind.File)
        {
            yield return url.Target;
        }

        foreach (JobOutput output in job.Outputs)
        {
            // A folder is made beside its target too, so the root must hold the folder itself and not only what is in it.
            if (JobUrl.TryParseOutput(output.Url, out JobUrl? place, out _) && place.Kind == JobUrlKind.File)
            {
                yield return place.Target.TrimEnd('/');
            }
        }
    }
}
