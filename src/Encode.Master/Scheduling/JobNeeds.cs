using Encode.Contracts.Jobs;
using Encode.Contracts.Scenarios;
using Encode.Master.Store;

namespace Encode.Master.Scheduling;

/// <summary>What a job asks of the node that runs it.</summary>
/// <param name="Codec">The coding format to make.</param>
/// <param name="Encoder">The kind of encoder asked for.</param>
/// <param name="Fallback">What is allowed instead.</param>
/// <param name="BitDepth">Bits a sample.</param>
/// <param name="InputPath">A path that a media root must hold; null when the input is no <c>file:</c>.</param>
/// <param name="OutputPath">The same for the output.</param>
public sealed record JobNeeds(VideoCodec Codec, EncoderChoice Encoder, EncoderFallback Fallback, int BitDepth, string? InputPath, string? OutputPath)
{
    /// <summary>What a stored job asks for.</summary>
    public static JobNeeds Of(JobRow job) => new(
        job.Settings.Video[0].Codec,
        job.Settings.Video[0].Encoder,
        job.Settings.Video[0].Fallback,
        job.Settings.Video[0].BitDepth,
        PathOf(job.InputUrl),
        PathOf(job.OutputUrl));

    private static string? PathOf(string? url) =>
        url is not null && JobUrl.TryParse(url, out JobUrl? parsed, out _) && parsed.Kind == JobUrlKind.File ? parsed.Target : null;
}
