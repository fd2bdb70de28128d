using Encode.Contracts.Jobs;
using Encode.Contracts.Messages;
using Encode.Contracts.Scenarios;
using Encode.Media.Pipeline;

namespace Encode.Agent.Tests;

/// <summary>Offers as a master makes them, and results as a cell does.</summary>
internal static class Samples
{
    internal static JobOffer Offer(string job = "0123456789abcdef0123456789abcdef", int attempt = 1, string token = "t1", double leaseSeconds = 90) => new()
    {
        Key = new AttemptKey(job, attempt, token),
        Sequence = 7,
        LeaseSeconds = leaseSeconds,
        Settings = ScenarioTable.Find("360p30-h264")! with { GeneratedSeconds = 1 },
        Outputs = [new JobOutput("upload:out.mp4")],
    };

    /// <summary>What no host is done with before a test has stopped it.</summary>
    internal static EncodeSettings Long { get; } = ScenarioTable.Find("1080p60-h264")! with { GeneratedSeconds = ScenarioLimits.MaxGeneratedSeconds };

    internal static TranscodeResult Made(long bytes = 1000) => new()
    {
        Frames = 30,
        DurationSeconds = 1,
        Width = 640,
        Height = 360,
        FrameRate = new Rational(30, 1),
        Encoder = "libx264",
        EncodeSeconds = 1,
        RealTimeFactor = 1,
        Stages = [],
        Notes = [],
        Renditions = [],
        Files = [new FileResult { Bytes = bytes, HasMedia = true, DurationSeconds = 1 }],
    };
}
